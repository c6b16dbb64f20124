"""Images, in Keras: ResNet, ViT and EfficientNet of keras.io, decays and averages.

Sources: keras/src/optimizers/*.py, keras/src/optimizers/schedules/learning_rate_schedule.py,
keras/src/callbacks/swap_ema_weights.py.
"""

from math import cos, pi

from comparisons.rules import ClipGlobalNorm
from comparisons.rules.training import Accumulation, Average, Selector
from tests.recipes.record import Whole, of, to

ONE = ClipGlobalNorm(limit=1.0, formula="exact")
EXCLUDED = Selector(names=("*bias*", "*beta*", "*gamma*"))
OTHERS = Selector(without=("*bias*", "*beta*", "*gamma*"))

VISION = (
    Whole(
        name="ResNet on ImageNet, piecewise constant",
        text="""
boundaries = [30000, 60000, 80000]
values = [0.1, 0.01, 0.001, 0.0001]
lr = keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, values)
optimizer = keras.optimizers.SGD(learning_rate=lr, momentum=0.9)
model.compile(optimizer=optimizer, loss="categorical_crossentropy")
""",
        groups=(of("SGD", momentum=0.9, learning_rate_in_velocity=True),),
        # a boundary is the last step of the value before
        rates={0: 0.1, 30000: 0.1, 30001: 0.01, 60000: 0.01, 60001: 1e-3, 80000: 1e-3, 80001: 1e-4, 200000: 1e-4},
        by="PiecewiseConstantDecay([30000, 60000, 80000], [0.1, 0.01, 0.001, 0.0001])",
        base=0.1,
        to=to("SGD", fields="learning_rate_in_velocity", lines=("momentum=0.9",)),
    ),
    Whole(
        name="ResNet example, rate of an epoch",
        text="""
def lr_schedule(epoch):
    lr = 1e-3
    if epoch > 180:
        lr *= 0.5e-3
    elif epoch > 160:
        lr *= 1e-3
    elif epoch > 120:
        lr *= 1e-2
    elif epoch > 80:
        lr *= 1e-1
    return lr

model.compile(loss='categorical_crossentropy', optimizer=Adam(learning_rate=lr_schedule(0)), metrics=['accuracy'])
lr_scheduler = LearningRateScheduler(lr_schedule)
lr_reducer = ReduceLROnPlateau(factor=np.sqrt(0.1), cooldown=0, patience=5, min_lr=0.5e-6)
callbacks = [checkpoint, lr_reducer, lr_scheduler]
""",
        groups=(of("Adam", epsilon=1e-7),),
        rates={0: 1e-3, 80: 1e-3, 81: 1e-4, 120: 1e-4, 121: 1e-5, 160: 1e-5, 161: 1e-6, 180: 1e-6, 181: 5e-7},
        base=1e-3,
        per="steps_per_epoch",
        gaps=("ReduceLROnPlateau",),
        to=to("Adam", fields="epsilon_position", lines=("steps_per_epoch",)),
    ),
    Whole(
        name="ViT example",
        text="""
learning_rate = 0.001
weight_decay = 0.0001
optimizer = keras.optimizers.AdamW(
    learning_rate=learning_rate, weight_decay=weight_decay
)
""",
        groups=(
            of(
                "Adam",
                learning_rate=1e-3,
                weight_decay=1e-4,
                weight_decay_coupling="decoupled",
                epsilon=1e-7,
                epsilon_position="uncorrected-root",
            ),
        ),
        to=to("AdamW", fields="epsilon_position", lines=("weight_decay=0.0001",)),
    ),
    Whole(
        name="cosine with a warm-up",
        text="""
lr = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=0.0, decay_steps=900, warmup_target=1e-3, warmup_steps=100)
optimizer = keras.optimizers.AdamW(learning_rate=lr, weight_decay=0.05, global_clipnorm=1.0)
""",
        groups=(of("Adam", weight_decay=0.05, epsilon=1e-7),),
        rates={0: 0.0, 1: 1e-5, 50: 5e-4, 100: 1e-3, 550: 5e-4, 1000: 0.0, 2000: 0.0},
        by="CosineDecay(initial_learning_rate=0.0, decay_steps=900, warmup_target=1e-3, warmup_steps=100)",
        base=1e-3,
        clip=ONE,
        to=to("AdamW", fields="epsilon_position clip", lines=("weight_decay=0.05", "clip_grad_norm_")),
    ),
    Whole(
        name="cosine to a floor",
        text="""
schedule = keras.optimizers.schedules.CosineDecay(0.1, 1000, alpha=0.1)
optimizer = keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True)
""",
        groups=(of("SGD", momentum=0.9, nesterov=True),),
        rates={0: 0.1, 250: 0.1 * (0.45 * (1 + cos(pi / 4)) + 0.1), 500: 0.055, 1000: 0.01, 3000: 0.01},
        by="CosineDecay(0.1, 1000, alpha=0.1)",
        base=0.1,
        to=to("SGD", fields="learning_rate_in_velocity", lines=("nesterov=True",)),
    ),
    Whole(
        name="no decay of biases and norms",
        text="""
optimizer = keras.optimizers.AdamW(learning_rate=5e-4, weight_decay=0.05, epsilon=1e-8)
optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
""",
        groups=(
            of("Adam", EXCLUDED, weight_decay=0.0, learning_rate=5e-4, epsilon=1e-8),
            of("Adam", OTHERS, weight_decay=0.05, learning_rate=5e-4, epsilon=1e-8),
        ),
        to=to(
            "AdamW",
            "AdamW",
            fields="epsilon_position",
            lines=("weight_decay", "0.05", "0.0"),
            absent=("weight_decay=0.01", "0.004"),
        ),
    ),
    Whole(
        name="the modern recipe",
        text="""
lr = keras.optimizers.schedules.CosineDecay(0.0, 3600, warmup_target=1e-3, warmup_steps=400)
optimizer = keras.optimizers.AdamW(
    learning_rate=lr, weight_decay=0.1, beta_2=0.95, global_clipnorm=1.0,
    gradient_accumulation_steps=4, use_ema=True, ema_momentum=0.999)
optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
""",
        groups=(
            of("Adam", EXCLUDED, weight_decay=0.0, beta2=0.95, epsilon=1e-7),
            of("Adam", OTHERS, weight_decay=0.1, beta2=0.95, epsilon=1e-7),
        ),
        # it is read at the count of micro-batches, 4 k + 3
        rates={0: 7.5e-6, 1: 1.75e-5, 99: 1e-3 * 399 / 400, 500: 5e-4 * (1 + cos(pi * 1603 / 3600)), 1000: 0.0},
        by="CosineDecay(0.0, 3600, warmup_target=1e-3, warmup_steps=400)",
        base=1e-3,
        clip=ONE,
        accumulation=Accumulation(batches=4),
        average=Average(decay=0.999, start="first", clock="batch", after=3),
        to=to("AdamW", "AdamW", fields="epsilon_position clip", lines=("0.1", "betas=(0.9, 0.95)", "0.999", "4")),
    ),
    Whole(
        name="accumulated gradients",
        text='model.compile(optimizer=keras.optimizers.Adam(1e-4, gradient_accumulation_steps=8), loss="mse")',
        groups=(of("Adam", learning_rate=1e-4, epsilon=1e-7),),
        accumulation=Accumulation(batches=8),
        to=to("Adam", fields="epsilon_position", lines=("8", "lr=0.0001")),
    ),
    Whole(
        name="accumulated gradients under steps of the rate",
        text="""
lr = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=40, decay_rate=0.5, staircase=True)
optimizer = keras.optimizers.SGD(lr, gradient_accumulation_steps=4)
""",
        groups=(of("SGD", momentum=0.0),),
        # update 9 is the micro-batch 39, and 10 is 43
        rates={0: 0.1, 9: 0.1, 10: 0.05, 19: 0.05, 20: 0.025},
        by="ExponentialDecay(0.1, decay_steps=40, decay_rate=0.5, staircase=True)",
        base=0.1,
        accumulation=Accumulation(batches=4),
        to=to("SGD", lines=("4",)),
    ),
    Whole(
        name="an average of the weights",
        text="optimizer = keras.optimizers.SGD(0.1, momentum=0.9, use_ema=True, ema_momentum=0.99)",
        groups=(of("SGD", learning_rate=0.1, momentum=0.9),),
        average=Average(decay=0.99, start="first"),
        to=to("SGD", lines=("get_ema_multi_avg_fn(0.99)", "AveragedModel")),
    ),
    Whole(
        name="an average that the weights become",
        text="optimizer = keras.optimizers.Adam(use_ema=True, ema_momentum=0.999, ema_overwrite_frequency=100)",
        groups=(of("Adam", learning_rate=1e-3, epsilon=1e-7),),
        average=Average(decay=0.999, start="first", overwrite=100),
        to=to("Adam", fields="epsilon_position", lines=("0.999", "100")),
    ),
    Whole(
        name="an average that is evaluated",
        text="""
optimizer = keras.optimizers.AdamW(1e-3, weight_decay=0.01, use_ema=True, ema_momentum=0.9999)
model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=10, callbacks=[keras.callbacks.SwapEMAWeights(swap_on_epoch=True)])
""",
        groups=(of("Adam", learning_rate=1e-3, weight_decay=0.01, epsilon=1e-7),),
        average=Average(decay=0.9999, start="first"),
        to=to("AdamW", fields="epsilon_position", lines=("0.9999",)),
    ),
    Whole(
        name="regularized kernels",
        text="""
inputs = keras.Input(shape=(784,))
outputs = keras.layers.Dense(10, kernel_regularizer=keras.regularizers.l2(1e-4))(inputs)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
""",
        groups=(of("SGD", learning_rate=0.1, momentum=0.0),),
        gaps=("l2",),
        to=to("SGD", lines=("lr=0.1",)),
    ),
    Whole(
        name="Lion",
        text="optimizer = keras.optimizers.Lion(learning_rate=1e-4, weight_decay=0.1)",
        groups=(of("Lion", learning_rate=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.1),),
    ),
    Whole(
        name="Lamb",
        text="optimizer = keras.optimizers.Lamb(learning_rate=1e-2, weight_decay=0.01)",
        groups=(of("Lamb", learning_rate=1e-2, beta1=0.9, beta2=0.999, epsilon=1e-7, weight_decay=0.01),),
    ),
    Whole(
        name="EfficientNet fine-tuning, Adam with its decay",
        text="""
import tensorflow as tf
optimizer = tf.keras.optimizers.Adam(learning_rate=1e-5, weight_decay=1e-6)
model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
""",
        groups=(of("Adam", learning_rate=1e-5, weight_decay=1e-6, weight_decay_coupling="decoupled", epsilon=1e-7),),
        to=to("Adam", fields="epsilon_position", lines=("weight_decay=1e-06", "decoupled_weight_decay=True")),
    ),
    Whole(
        name="segmentation, polynomial",
        text="""
lr = keras.optimizers.schedules.PolynomialDecay(
    initial_learning_rate=0.007, decay_steps=30000, end_learning_rate=0.0, power=0.9)
optimizer = keras.optimizers.SGD(learning_rate=lr, momentum=0.9, weight_decay=4e-5)
""",
        groups=(of("SGD", momentum=0.9, weight_decay=4e-5, weight_decay_coupling="decoupled"),),
        rates={0: 0.007, 15000: 0.007 * 0.5**0.9, 30000: 0.0, 40000: 0.0},
        by="PolynomialDecay(initial_learning_rate=0.007, decay_steps=30000, end_learning_rate=0.0, power=0.9)",
        base=0.007,
        to=to("SGD", fields="learning_rate_in_velocity weight_decay_coupling"),
    ),
    Whole(
        name="MobileNet, RMSprop with momentum",
        text="optimizer = keras.optimizers.RMSprop(0.045, rho=0.9, momentum=0.9, epsilon=1.0)",
        groups=(
            of(
                "RMSprop",
                learning_rate=0.045,
                rho=0.9,
                momentum=0.9,
                epsilon=1.0,
                epsilon_position="inside-root",
                learning_rate_in_velocity=True,
            ),
        ),
        to=to("RMSprop", fields="epsilon_position", lines=("alpha=0.9", "momentum=0.9", "eps=1.0")),
    ),
)
