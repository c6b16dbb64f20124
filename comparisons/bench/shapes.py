"""The shapes of the parameters of two models that people train, as torch has them."""

Shape = tuple[int, ...]


def resnet_50() -> list[Shape]:
    """torchvision's ResNet-50: 161 tensors of 25,557,032 elements."""
    shapes: list[Shape] = [(64, 3, 7, 7), (64,), (64,)]
    channels = 64
    for blocks, width in ((3, 64), (4, 128), (6, 256), (3, 512)):
        for block in range(blocks):
            for kernel in ((width, channels, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1)):
                shapes += [kernel, kernel[:1], kernel[:1]]  # each convolution's normalization has a weight and a bias
            if block == 0:
                shapes += [(4 * width, channels, 1, 1), (4 * width,), (4 * width,)]
            channels = 4 * width
    return [*shapes, (1000, channels), (1000,)]


def gpt2_small() -> list[Shape]:
    """GPT-2 small: 148 tensors of 124,439,808 elements, the head's weights those of the embedding."""
    width = 768
    layer: list[Shape] = [(width,), (width,), (width, 3 * width), (3 * width,), (width, width), (width,)]
    layer += [(width,), (width,), (width, 4 * width), (4 * width,), (4 * width, width), (width,)]
    return [(50257, width), (1024, width), *layer * 12, (width,), (width,)]
