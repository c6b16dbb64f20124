"""Tutorials of Keras: compile and fit, optimizers by name, callbacks, one of each class.

Sources: keras/src/optimizers/*.py, keras/src/optimizers/schedules/learning_rate_schedule.py, keras/src/callbacks.
"""

from math import exp

from comparisons.rules import ClipNorm, ClipValue
from tests.recipes.record import Whole, of, to

INSIDE = {"rho": 0.9, "epsilon": 1e-7, "epsilon_position": "inside-root"}

TUTORIALS = (
    Whole(
        name="MNIST, by name",
        text="""
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=128, epochs=15, validation_split=0.1)
""",
        groups=(
            of(
                "Adam",
                learning_rate=1e-3,
                beta1=0.9,
                beta2=0.999,
                epsilon=1e-7,
                epsilon_position="uncorrected-root",
                weight_decay=0.0,
            ),
        ),
        to=to("Adam", fields="epsilon_position", lines=("lr=0.001", "eps=1e-07")),
    ),
    Whole(
        name="IMDB, by name",
        text="""
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(partial_x_train, partial_y_train, epochs=20, batch_size=512)
""",
        groups=(of("RMSprop", learning_rate=1e-3, momentum=0.0, centered=False, **INSIDE),),
        to=to("RMSprop", fields="epsilon_position", lines=("alpha=0.9", "lr=0.001")),
    ),
    Whole(
        name="by name, sgd",
        text='model.compile(loss="mse", optimizer="sgd")',
        groups=(of("SGD", learning_rate=0.01, momentum=0.0, nesterov=False),),
        to=to("SGD", lines=("lr=0.01",)),
    ),
    Whole(
        name="an instance in compile",
        text="""
import keras
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=3e-4),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy()],
)
""",
        groups=(of("Adam", learning_rate=3e-4, epsilon=1e-7),),
        to=to("Adam", fields="epsilon_position", lines=("lr=0.0003",)),
    ),
    Whole(
        name="exponential decay",
        text="""
initial_learning_rate = 0.1
lr_schedule = keras.optimizers.schedules.ExponentialDecay(
    initial_learning_rate, decay_steps=100000, decay_rate=0.96, staircase=True
)
optimizer = keras.optimizers.RMSprop(learning_rate=lr_schedule)
""",
        groups=(of("RMSprop", **INSIDE),),
        rates={0: 0.1, 99999: 0.1, 100000: 0.096, 250000: 0.1 * 0.96**2},
        by="ExponentialDecay(0.1, decay_steps=100000, decay_rate=0.96, staircase=True)",
        base=0.1,
        to=to("RMSprop", fields="epsilon_position", lines=("alpha=0.9", "100000")),
    ),
    Whole(
        name="exponential decay, smooth",
        text="""
lr_schedule = keras.optimizers.schedules.ExponentialDecay(
    initial_learning_rate=1e-2, decay_steps=10000, decay_rate=0.9)
optimizer = keras.optimizers.SGD(learning_rate=lr_schedule)
""",
        groups=(of("SGD", momentum=0.0),),
        rates={0: 1e-2, 5000: 1e-2 * 0.9**0.5, 10000: 9e-3, 20000: 8.1e-3},
        by="ExponentialDecay(initial_learning_rate=1e-2, decay_steps=10000, decay_rate=0.9)",
        base=1e-2,
        to=to("SGD"),
    ),
    Whole(
        name="inverse time decay, overfit tutorial",
        text="""
lr_schedule = tf.keras.optimizers.schedules.InverseTimeDecay(
  0.001,
  decay_steps=STEPS_PER_EPOCH*1000,
  decay_rate=1,
  staircase=False)
optimizer = tf.keras.optimizers.Adam(lr_schedule)
""",
        groups=(of("Adam", epsilon=1e-7),),
        or_gap="STEPS_PER_EPOCH",
        to=to("Adam", fields="epsilon_position", lines=("STEPS_PER_EPOCH",)),
    ),
    Whole(
        name="inverse time decay",
        text="keras.optimizers.Adam(keras.optimizers.schedules.InverseTimeDecay(1e-3, 1000, 1.0))",
        groups=(of("Adam", epsilon=1e-7),),
        rates={0: 1e-3, 500: 1e-3 / 1.5, 1000: 5e-4, 3000: 2.5e-4},
        by="InverseTimeDecay(1e-3, 1000, 1.0)",
        base=1e-3,
        to=to("Adam", fields="epsilon_position"),
    ),
    Whole(
        name="inverse time decay, by stairs",
        text="keras.optimizers.SGD(keras.optimizers.schedules.InverseTimeDecay(0.1, 1000, 0.5, staircase=True))",
        groups=(of("SGD", momentum=0.0),),
        rates={0: 0.1, 999: 0.1, 1000: 0.1 / 1.5, 2999: 0.05, 3000: 0.04},
        by="InverseTimeDecay(0.1, 1000, 0.5, staircase=True)",
        base=0.1,
        to=to("SGD"),
    ),
    Whole(
        name="cosine with restarts",
        text="""
lr = keras.optimizers.schedules.CosineDecayRestarts(0.1, first_decay_steps=100, t_mul=2.0, m_mul=0.9, alpha=0.01)
optimizer = keras.optimizers.SGD(learning_rate=lr, momentum=0.9)
""",
        groups=(of("SGD", momentum=0.9, learning_rate_in_velocity=True),),
        # cycles of 100, 200, 400; the floor is added after m_mul
        rates={
            0: 0.1,
            50: 0.1 * (0.99 * 0.5 + 0.01),
            200: 0.1 * (0.99 * 0.45 + 0.01),
            500: 0.1 * (0.99 * 0.405 + 0.01),
        },
        by="CosineDecayRestarts(0.1, first_decay_steps=100, t_mul=2.0, m_mul=0.9, alpha=0.01)",
        base=0.1,
        to=to("SGD", fields="learning_rate_in_velocity", lines=("momentum=0.9",)),
    ),
    Whole(
        name="polynomial decay with cycle",
        text="""
lr = keras.optimizers.schedules.PolynomialDecay(0.1, 1000, end_learning_rate=0.01, power=0.5, cycle=True)
opt = keras.optimizers.SGD(learning_rate=lr)
""",
        groups=(of("SGD", momentum=0.0),),
        # from 1000 to 2000 the line has 2000 steps
        rates={0: 0.1, 500: 0.01 + 0.09 * 0.5**0.5, 1000: 0.01, 1500: 0.01 + 0.09 * 0.25**0.5, 2000: 0.01},
        by="PolynomialDecay(0.1, 1000, end_learning_rate=0.01, power=0.5, cycle=True)",
        base=0.1,
        to=to("SGD"),
    ),
    Whole(
        name="rate of an epoch, the callback's example",
        text="""
def scheduler(epoch, lr):
    if epoch < 10:
        return lr
    else:
        return lr * ops.exp(-0.1)

model.compile(keras.optimizers.SGD(), loss="mse")
callback = keras.callbacks.LearningRateScheduler(scheduler)
history = model.fit(np.arange(100).reshape(5, 20), np.zeros(5), epochs=15, callbacks=[callback], verbose=0)
""",
        groups=(of("SGD", momentum=0.0),),
        # the callback multiplies at every epoch from the 11th on
        rates={0: 0.01, 9: 0.01, 10: 0.01 * exp(-0.1), 14: 0.01 * exp(-0.5)},
        base=0.01,
        per="steps_per_epoch",
        to=to("SGD"),
    ),
    Whole(
        name="rate of an epoch, a power",
        text="""
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")
model.fit(x, y, epochs=50, callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3 * 0.95 ** epoch)])
""",
        groups=(of("Adam", epsilon=1e-7),),
        rates={0: 1e-3, 1: 9.5e-4, 20: 1e-3 * 0.95**20},
        base=1e-3,
        per="steps_per_epoch",
        to=to("Adam", fields="epsilon_position"),
    ),
    Whole(
        name="rate reduced on a plateau",
        text="""
reduce_lr = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.2, patience=5, min_lr=0.001)
model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9), loss="mse")
model.fit(x_train, y_train, callbacks=[reduce_lr])
""",
        groups=(of("SGD", momentum=0.9, learning_rate=0.1),),
        gaps=("ReduceLROnP",),
        to=to("SGD", fields="learning_rate_in_velocity"),
    ),
    Whole(
        name="clipped by value",
        text="""
opt = keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, clipvalue=0.5)
model.compile(loss="mse", optimizer=opt)
""",
        groups=(of("SGD", momentum=0.9, learning_rate=0.01),),
        clip=ClipValue(limit=0.5),
        to=to("SGD", fields="learning_rate_in_velocity", lines=("clip_grad_value_", "0.5")),
    ),
    Whole(
        name="each clipped by its norm",
        text="opt = keras.optimizers.Adam(learning_rate=1e-3, clipnorm=1.0)",
        groups=(of("Adam", learning_rate=1e-3, epsilon=1e-7),),
        clip=ClipNorm(limit=1.0, formula="exact"),
        to=to("Adam", fields="epsilon_position clip", lines=("clip_grad_norm_", "for ")),
    ),
    Whole(
        name="Nadam",
        text="optimizer = keras.optimizers.Nadam(learning_rate=2e-3, beta_2=0.99)",
        groups=(of("NAdam", learning_rate=2e-3, beta2=0.99, epsilon=1e-7, momentum_decay=1.0),),
        to=to("NAdam", lines=("momentum_decay=1.0", "betas=(0.9, 0.99)", "eps=1e-07")),
    ),
    Whole(
        name="Adagrad",
        text="optimizer = tf.keras.optimizers.Adagrad(learning_rate=0.1)",
        groups=(
            of("Adagrad", learning_rate=0.1, initial_accumulator=0.1, epsilon=1e-7, epsilon_position="inside-root"),
        ),
        # inside the root epsilon is a part of the start
        to=to("Adagrad", lines=("initial_accumulator_value=0.1000001", "eps=0.0")),
    ),
    Whole(
        name="Adadelta",
        text="optimizer = keras.optimizers.Adadelta()",
        groups=(of("Adadelta", learning_rate=1e-3, rho=0.95, epsilon=1e-7),),
        to=to("Adadelta", lines=("lr=0.001", "rho=0.95", "eps=1e-07")),
    ),
    Whole(
        name="Adamax",
        text="optimizer = keras.optimizers.Adamax(0.002, 0.9, 0.999)",
        groups=(of("Adamax", learning_rate=0.002, epsilon=1e-7, epsilon_position="added"),),
        to=to("Adamax", fields="epsilon_position", lines=("lr=0.002",)),
    ),
    Whole(
        name="Ftrl",
        text="optimizer = keras.optimizers.Ftrl(learning_rate=0.1, l1_regularization_strength=0.001)",
        groups=(of("Ftrl", learning_rate=0.1, l1=0.001, l2=0.0, initial_accumulator=0.1),),
    ),
    Whole(
        name="AMSGrad with a config",
        text="{'class_name': 'Adam', 'config': {'learning_rate': 0.0005, 'beta_2': 0.98, 'amsgrad': True}}",
        groups=(of("Adam", learning_rate=5e-4, beta2=0.98, amsgrad=True, epsilon=1e-7),),
        to=to("Adam", fields="epsilon_position", lines=("amsgrad=True",)),
    ),
    Whole(
        name="a custom loop",
        text="""
optimizer = keras.optimizers.Adam(learning_rate=1e-3)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
for epoch in range(epochs):
    for step, (x_batch_train, y_batch_train) in enumerate(train_dataset):
        with tf.GradientTape() as tape:
            logits = model(x_batch_train, training=True)
            loss_value = loss_fn(y_batch_train, logits)
        grads = tape.gradient(loss_value, model.trainable_weights)
        optimizer.apply(grads, model.trainable_weights)
""",
        groups=(of("Adam", learning_rate=1e-3, epsilon=1e-7),),
        to=to("Adam", fields="epsilon_position", lines=("lr=0.001",)),
    ),
    Whole(
        name="SGD with a decay of weights",
        text="optimizer = keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)",
        groups=(
            of(
                "SGD",
                learning_rate=0.1,
                momentum=0.9,
                nesterov=True,
                weight_decay=5e-4,
                weight_decay_coupling="decoupled",
            ),
        ),
        to=to("SGD", fields="learning_rate_in_velocity weight_decay_coupling", lines=("nesterov=True",)),
    ),
)
