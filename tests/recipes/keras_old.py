"""Keras 1 and 2, tf.train, TensorFlow Addons and transformers' TensorFlow classes.

Sources: tensorflow/python/training/*.py, tf_keras/src/optimizers/legacy/*.py, tensorflow_addons/optimizers/*.py.
"""

from comparisons.rules import ClipGlobalNorm, ClipNorm
from tests.recipes.record import Whole, of, to

OLD = (
    Whole(
        name="Keras 2, lr and decay",
        text="""
opt = keras.optimizers.rmsprop(lr=0.0001, decay=1e-6)
model.compile(loss='categorical_crossentropy', optimizer=opt, metrics=['accuracy'])
""",
        # outside the root, as without momentum; the decay is of updates
        groups=(of("RMSprop", rho=0.9, epsilon=1e-7, epsilon_position="outside-root", momentum=0.0),),
        rates={0: 1e-4, 1: 1e-4 / (1 + 1e-6), 1000000: 5e-5},
        by="InverseTimeDecay(1e-4, 1, 1e-6)",
        base=1e-4,
        to=to("RMSprop", lines=("alpha=0.9", "eps=1e-07"), absent=("lr=0.001",)),
    ),
    Whole(
        name="Keras 2, SGD of the guide",
        text="""
from keras.optimizers import SGD
sgd = SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss='categorical_crossentropy', optimizer=sgd)
""",
        groups=(of("SGD", momentum=0.9, nesterov=True, learning_rate_in_velocity=True),),
        rates={0: 0.01, 1: 0.01 / (1 + 1e-6), 1000000: 0.005},
        by="InverseTimeDecay(0.01, 1, 1e-6)",
        base=0.01,
        to=to("SGD", fields="learning_rate_in_velocity", lines=("nesterov=True",)),
    ),
    Whole(
        name="Keras 2, epsilon of None",
        text="keras.optimizers.Adam(lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=None, decay=0.0, amsgrad=False)",
        groups=(of("Adam", learning_rate=1e-3, epsilon=1e-7, epsilon_position="uncorrected-root"),),
        to=to("Adam", fields="epsilon_position", lines=("lr=0.001", "eps=1e-07")),
    ),
    Whole(
        name="Keras 2, Adagrad's start",
        text="keras.optimizers.legacy.Adagrad(learning_rate=0.01)",
        groups=(
            of("Adagrad", learning_rate=0.01, initial_accumulator=0.1, epsilon=1e-7, epsilon_position="outside-root"),
        ),
        to=to("Adagrad", lines=("initial_accumulator_value=0.1", "eps=1e-07")),
    ),
    Whole(
        name="Keras 2, legacy Adam",
        text="optimizer = tf.keras.optimizers.legacy.Adam(learning_rate=2e-4, beta_1=0.5)",
        groups=(of("Adam", learning_rate=2e-4, beta1=0.5, epsilon=1e-7),),
        to=to("Adam", fields="epsilon_position", lines=("lr=0.0002", "0.5")),
    ),
    Whole(
        name="Keras 2, clipped",
        text="optimizer = tf.keras.optimizers.Adam(lr=1e-4, clipnorm=1.)",
        groups=(of("Adam", learning_rate=1e-4, epsilon=1e-7),),
        clip=ClipNorm(limit=1.0, formula="exact"),
        to=to("Adam", fields="epsilon_position clip", lines=("lr=0.0001",)),
    ),
    Whole(
        name="Keras 1, clipped",
        text="optimizer = keras.optimizers.Adam(lr=1e-4, clipnorm=1.)",
        # the package of before tf.keras clips all together by it
        groups=(of("Adam", learning_rate=1e-4, epsilon=1e-7),),
        clip=ClipGlobalNorm(limit=1.0, formula="exact"),
        to=to("Adam", fields="epsilon_position clip", lines=("lr=0.0001",)),
    ),
    Whole(
        name="Keras 2, a saved config",
        text="""{"class_name": "SGD", "config": {"name": "SGD", "learning_rate": 0.05, "decay": 0.0, "momentum": 0.9,
"nesterov": false}}""",
        groups=(of("SGD", learning_rate=0.05, momentum=0.9, nesterov=False),),
        to=to("SGD", fields="learning_rate_in_velocity", lines=("lr=0.05",)),
    ),
    Whole(
        name="Keras 2, Nadam",
        text="keras.optimizers.legacy.Nadam(learning_rate=0.002)",
        # 0.96^(0.004 t)
        groups=(of("NAdam", learning_rate=0.002, momentum_decay=0.004, epsilon=1e-7),),
        to=to("NAdam", lines=("lr=0.002",)),
    ),
    Whole(
        name="tf.keras.optimizers.experimental",
        text="tf.keras.optimizers.experimental.AdamW(learning_rate=1e-3, weight_decay=0.05)",
        groups=(of("Adam", learning_rate=1e-3, weight_decay=0.05, epsilon=1e-7),),
        to=to("AdamW", fields="epsilon_position", lines=("weight_decay=0.05",)),
    ),
    Whole(
        name="Atari, TensorFlow 1's RMSprop",
        text="""
optimizer = tf.train.RMSPropOptimizer(
    learning_rate=0.00025, decay=0.95, momentum=0.0, epsilon=0.00001, centered=True)
""",
        groups=(
            of(
                "RMSprop",
                learning_rate=2.5e-4,
                rho=0.95,
                epsilon=1e-5,
                epsilon_position="inside-root",
                centered=True,
                initial_accumulator=1.0,
                learning_rate_in_velocity=True,
            ),
        ),
        to=to("RMSprop", fields="initial_accumulator epsilon_position", lines=("alpha=0.95", "centered=True")),
    ),
    Whole(
        name="A3C, TensorFlow 1's RMSprop",
        text="opt = tf.compat.v1.train.RMSPropOptimizer(7e-4, decay=0.99, epsilon=1e-5)",
        groups=(of("RMSprop", learning_rate=7e-4, rho=0.99, epsilon=1e-5, initial_accumulator=1.0),),
        to=to("RMSprop", fields="initial_accumulator epsilon_position", lines=("alpha=0.99",)),
    ),
    Whole(
        name="ResNet, TensorFlow 1",
        text="""
learning_rate = tf.train.piecewise_constant(global_step, [40000, 60000], [0.1, 0.01, 0.001])
optimizer = tf.train.MomentumOptimizer(learning_rate, 0.9)
train_op = optimizer.minimize(loss, global_step)
""",
        # the rate is outside the velocity, as torch's
        groups=(of("SGD", momentum=0.9, learning_rate_in_velocity=False, nesterov=False),),
        rates={0: 0.1, 40000: 0.1, 40001: 0.01, 60000: 0.01, 60001: 1e-3},
        by="PiecewiseConstantDecay([40000, 60000], [0.1, 0.01, 0.001])",
        base=0.1,
        to=to("SGD", lines=("momentum=0.9",)),
    ),
    Whole(
        name="MNIST, TensorFlow 1",
        text="train_step = tf.train.AdamOptimizer(1e-4).minimize(cross_entropy)",
        groups=(
            of("Adam", learning_rate=1e-4, beta1=0.9, beta2=0.999, epsilon=1e-8, epsilon_position="uncorrected-root"),
        ),
        to=to("Adam", fields="epsilon_position", lines=("lr=0.0001", "eps=1e-08")),
    ),
    Whole(
        name="PTB, TensorFlow 1",
        text="""
grads, _ = tf.clip_by_global_norm(tf.gradients(cost, tvars), 5.0)
optimizer = tf.train.GradientDescentOptimizer(1.0)
train_op = optimizer.apply_gradients(zip(grads, tvars))
""",
        groups=(of("SGD", learning_rate=1.0, momentum=0.0),),
        clip=ClipGlobalNorm(limit=5.0, formula="exact"),
        to=to("SGD", fields="clip", lines=("clip_grad_norm_", "5.0", "lr=1.0")),
    ),
    Whole(
        name="word2vec, TensorFlow 1",
        text="""
lr = tf.train.exponential_decay(0.1, global_step, 100000, 0.96, staircase=True)
optimizer = tf.train.AdagradOptimizer(lr)
""",
        groups=(of("Adagrad", initial_accumulator=0.1, epsilon=0.0),),
        rates={0: 0.1, 99999: 0.1, 100000: 0.096},
        by="ExponentialDecay(0.1, 100000, 0.96, staircase=True)",
        base=0.1,
        to=to("Adagrad", lines=("initial_accumulator_value=0.1",)),
    ),
    Whole(
        name="TensorFlow Addons, AdamW",
        text="optimizer = tfa.optimizers.AdamW(learning_rate=1e-3, weight_decay=1e-4)",
        # its decay is not times the learning rate
        groups=(of("Adam", learning_rate=1e-3, epsilon=1e-7),),
        or_gap="AdamW",
    ),
    Whole(
        name="TensorFlow Addons, LAMB",
        text="optimizer = tfa.optimizers.LAMB(learning_rate=1e-3)",
        groups=(of("Lamb", learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-6),),
    ),
    Whole(
        name="TensorFlow Addons, RectifiedAdam",
        text="optimizer = tfa.optimizers.RectifiedAdam(learning_rate=1e-3)",
        groups=(of("RAdam", learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-7),),
    ),
    Whole(
        name="tf_keras",
        text="import tf_keras\nopt = tf_keras.optimizers.Adam(learning_rate=5e-4, epsilon=1e-8)",
        groups=(of("Adam", learning_rate=5e-4, epsilon=1e-8, epsilon_position="uncorrected-root"),),
        to=to("Adam", fields="epsilon_position", lines=("eps=1e-08",)),
    ),
)
