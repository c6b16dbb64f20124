"""Language, reinforcement and generative models, and several optimizers, in Keras.

Sources: keras/src/optimizers/*.py, keras/src/optimizers/schedules/learning_rate_schedule.py.
"""

from math import cos, pi

from comparisons.rules import ClipGlobalNorm, ClipNorm, ClipValue
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import Accumulation, Average, Selector
from tests.recipes.record import Whole, held, of, to

OTHERS = (
    Whole(
        name="transformer tutorial, a schedule of its own",
        text="""
class CustomSchedule(tf.keras.optimizers.schedules.LearningRateSchedule):
  def __init__(self, d_model, warmup_steps=4000):
    super().__init__()
    self.d_model = tf.cast(d_model, tf.float32)
    self.warmup_steps = warmup_steps

  def __call__(self, step):
    step = tf.cast(step, dtype=tf.float32)
    arg1 = tf.math.rsqrt(step)
    arg2 = step * (self.warmup_steps ** -1.5)
    return tf.math.rsqrt(self.d_model) * tf.math.minimum(arg1, arg2)

learning_rate = CustomSchedule(d_model)
optimizer = tf.keras.optimizers.Adam(learning_rate, beta_1=0.9, beta_2=0.98, epsilon=1e-9)
""",
        groups=(of("Adam", beta1=0.9, beta2=0.98, epsilon=1e-9),),
        gaps=("CustomSchedule",),
        to=to("Adam", fields="epsilon_position", lines=("0.98", "1e-09"), absent=("lr=0.001",)),
    ),
    Whole(
        name="BERT fine-tuning, polynomial",
        text="""
num_train_steps = 3000
lr_scheduler = keras.optimizers.schedules.PolynomialDecay(
    initial_learning_rate=5e-5, end_learning_rate=0.0, decay_steps=num_train_steps)
optimizer = keras.optimizers.Adam(learning_rate=lr_scheduler)
""",
        groups=(of("Adam", epsilon=1e-7),),
        rates={0: 5e-5, 1500: 2.5e-5, 3000: 0.0, 4000: 0.0},
        by="PolynomialDecay(initial_learning_rate=5e-5, end_learning_rate=0.0, decay_steps=3000)",
        base=5e-5,
        to=to("Adam", fields="epsilon_position"),
    ),
    Whole(
        name="KerasNLP fine-tuning",
        text="""
optimizer = keras.optimizers.AdamW(learning_rate=5e-5, weight_decay=0.01)
optimizer.exclude_from_weight_decay(var_names=["bias", "scale"])
classifier.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer=optimizer)
""",
        groups=(
            of("Adam", Selector(names=("*bias*", "*scale*")), weight_decay=0.0, learning_rate=5e-5),
            of("Adam", Selector(without=("*bias*", "*scale*")), weight_decay=0.01, learning_rate=5e-5),
        ),
        to=to("AdamW", "AdamW", fields="epsilon_position", lines=("0.01", "5e-05")),
    ),
    Whole(
        name="GPT, cosine and warm-up",
        text="""
import keras
schedule = keras.optimizers.schedules.CosineDecay(
    1e-6, decay_steps=98000, alpha=0.1, warmup_target=3e-4, warmup_steps=2000)
optimizer = keras.optimizers.AdamW(
    schedule, weight_decay=0.1, beta_1=0.9, beta_2=0.95, epsilon=1e-8, global_clipnorm=1.0)
""",
        groups=(of("Adam", beta2=0.95, epsilon=1e-8, weight_decay=0.1),),
        rates={0: 1e-6, 1000: 1e-6 + 2.99e-4 / 2, 2000: 3e-4, 51000: 3e-4 * 0.55, 100000: 3e-5, 200000: 3e-5},
        by="CosineDecay(1e-6, decay_steps=98000, alpha=0.1, warmup_target=3e-4, warmup_steps=2000)",
        base=3e-4,
        clip=ClipGlobalNorm(limit=1.0, formula="exact"),
        to=to("AdamW", fields="epsilon_position clip", lines=("weight_decay=0.1", "betas=(0.9, 0.95)")),
    ),
    Whole(
        name="text generation, RMSprop of a book",
        text="""
optimizer = keras.optimizers.RMSprop(learning_rate=0.01)
model.compile(loss='categorical_crossentropy', optimizer=optimizer)
""",
        groups=(of("RMSprop", learning_rate=0.01, rho=0.9, epsilon=1e-7, epsilon_position="inside-root"),),
        to=to("RMSprop", fields="epsilon_position", lines=("lr=0.01", "alpha=0.9")),
    ),
    Whole(
        name="Muon",
        text="optimizer = keras.optimizers.Muon(learning_rate=2e-2, weight_decay=0.01, adam_weight_decay=0.01)",
        groups=(of("Muon", learning_rate=2e-2),),
        or_gap="Muon",
    ),
    Whole(
        name="Adafactor",
        text="optimizer = keras.optimizers.Adafactor(learning_rate=0.5)",
        groups=(
            of(
                "Adafactor",
                learning_rate=0.5,
                epsilon1=1e-30,
                epsilon2=1e-3,
                clip_threshold=1.0,
                epsilon1_position="added",
            ),
        ),
        to=to("Adafactor", fields="epsilon1_position", lines=("lr=0.5",)),
    ),
    Whole(
        name="DQN Breakout",
        text="""
optimizer = keras.optimizers.Adam(learning_rate=0.00025, clipnorm=1.0)
with tf.GradientTape() as tape:
    loss = loss_function(updated_q_values, q_action)
grads = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(grads, model.trainable_variables))
""",
        groups=(of("Adam", learning_rate=2.5e-4, epsilon=1e-7),),
        clip=ClipNorm(limit=1.0, formula="exact"),
        to=to("Adam", fields="epsilon_position clip", lines=("lr=0.00025", "clip_grad_norm_", "for ")),
    ),
    Whole(
        name="DDPG",
        apart=True,
        text="""
critic_lr = 0.002
actor_lr = 0.001
critic_optimizer = keras.optimizers.Adam(critic_lr)
actor_optimizer = keras.optimizers.Adam(actor_lr)
""",
        groups=(
            of("Adam", held("critic"), learning_rate=2e-3, epsilon=1e-7),
            of("Adam", held("actor"), learning_rate=1e-3, epsilon=1e-7),
        ),
        to=to("Adam", "Adam", fields="epsilon_position", lines=("0.002", "0.001")),
    ),
    Whole(
        name="PPO",
        apart=True,
        text="""
policy_learning_rate = 3e-4
value_function_learning_rate = 1e-3
policy_optimizer = keras.optimizers.Adam(learning_rate=policy_learning_rate)
value_optimizer = keras.optimizers.Adam(learning_rate=value_function_learning_rate)
""",
        groups=(
            of("Adam", held("policy"), learning_rate=3e-4, epsilon=1e-7),
            of("Adam", held("value"), learning_rate=1e-3, epsilon=1e-7),
        ),
        to=to("Adam", "Adam", fields="epsilon_position", lines=("0.0003", "0.001")),
    ),
    Whole(
        name="actor critic, clipped by hand",
        text="""
optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)
grads = tape.gradient(loss, model.trainable_variables)
grads, _ = tf.clip_by_global_norm(grads, 0.5)
optimizer.apply_gradients(zip(grads, model.trainable_variables))
""",
        groups=(of("Adam", learning_rate=0.01, epsilon=1e-7),),
        clip=ClipGlobalNorm(limit=0.5, formula="exact"),
        to=to("Adam", fields="epsilon_position clip", lines=("clip_grad_norm_", "0.5")),
    ),
    Whole(
        name="DCGAN",
        apart=True,
        text="""
gan.compile(
    d_optimizer=keras.optimizers.Adam(learning_rate=0.0001),
    g_optimizer=keras.optimizers.Adam(learning_rate=0.0003),
    loss_fn=keras.losses.BinaryCrossentropy(),
)
""",
        groups=(
            of("Adam", held("d_optimizer"), learning_rate=1e-4, epsilon=1e-7),
            of("Adam", held("g_optimizer"), learning_rate=3e-4, epsilon=1e-7),
        ),
        to=to("Adam", "Adam", fields="epsilon_position", lines=("0.0001", "0.0003")),
    ),
    Whole(
        name="WGAN-GP",
        apart=True,
        text="""
generator_optimizer = keras.optimizers.Adam(learning_rate=0.0002, beta_1=0.5, beta_2=0.9)
discriminator_optimizer = keras.optimizers.Adam(learning_rate=0.0002, beta_1=0.5, beta_2=0.9)
""",
        groups=(
            of("Adam", held("generator"), learning_rate=2e-4, beta1=0.5, beta2=0.9, epsilon=1e-7),
            of("Adam", held("discriminator"), learning_rate=2e-4, beta1=0.5, beta2=0.9, epsilon=1e-7),
        ),
        to=to("Adam", "Adam", fields="epsilon_position", lines=("betas=(0.5, 0.9)",), absent=("0.999",)),
    ),
    Whole(
        name="DDIM",
        text="""
ema = 0.999
learning_rate = 1e-3
weight_decay = 1e-4
model.compile(
    optimizer=keras.optimizers.AdamW(learning_rate=learning_rate, weight_decay=weight_decay),
    loss=keras.losses.mean_absolute_error,
)
for weight, ema_weight in zip(self.network.weights, self.ema_network.weights):
    ema_weight.assign(ema * ema_weight + (1 - ema) * weight)
""",
        groups=(of("Adam", learning_rate=1e-3, weight_decay=1e-4, epsilon=1e-7),),
        average=Average(decay=0.999, start="initial"),
        to=to("AdamW", fields="epsilon_position", lines=("weight_decay=0.0001", "0.999")),
    ),
    Whole(
        name="NeRF of keras.io",
        text="model.compile(optimizer=keras.optimizers.Adam(5e-4), loss_fn=keras.losses.MeanSquaredError())",
        groups=(of("Adam", learning_rate=5e-4, epsilon=1e-7),),
        to=to("Adam", fields="epsilon_position", lines=("lr=0.0005",)),
    ),
    Whole(
        name="wide and deep",
        apart=True,
        text="""
linear_optimizer = tf.keras.optimizers.Ftrl(learning_rate=0.2, l1_regularization_strength=0.5)
dnn_optimizer = tf.keras.optimizers.Adagrad(learning_rate=0.05)
""",
        groups=(
            of("Ftrl", held("linear"), learning_rate=0.2, l1=0.5),
            of("Adagrad", held("dnn"), learning_rate=0.05, initial_accumulator=0.1, epsilon=1e-7),
        ),
        to=to("", "Adagrad", lines=("0.05",)),
    ),
    Whole(
        name="optimizers mapped to variables",
        text="""
from keras.optimizers import Adam, OptimizerMap, SGD
optimizer = OptimizerMap(SGD(0.1, momentum=0.9), {".*embedding.*": Adam(1e-3)})
""",
        groups=(
            of("Adam", Selector(names=("*embedding*",)), learning_rate=1e-3, epsilon=1e-7),
            of("SGD", Selector(without=("*embedding*",)), learning_rate=0.1, momentum=0.9),
        ),
        to=to("Adam", "SGD", lines=("0.001", "momentum=0.9")),
    ),
    Whole(
        name="numbers from FLAGS",
        text="""
opt = tf.keras.optimizers.SGD(learning_rate=FLAGS.lr, momentum=FLAGS.momentum, global_clipnorm=FLAGS.clip)
""",
        groups=(of("SGD", learning_rate=Symbol("FLAGS.lr"), momentum=Symbol("FLAGS.momentum")),),
        clip=ClipGlobalNorm(limit=Symbol("FLAGS.clip"), formula="exact"),
        to=to("SGD", fields="learning_rate_in_velocity clip", lines=("FLAGS.lr", "FLAGS.momentum", "FLAGS.clip")),
    ),
    Whole(
        name="accumulation, average and clip together",
        text="""
schedule = keras.optimizers.schedules.CosineDecay(1e-3, 1000)
optimizer = keras.optimizers.Adam(
    schedule, gradient_accumulation_steps=2, clipvalue=0.5, use_ema=True, ema_momentum=0.9)
""",
        groups=(of("Adam", epsilon=1e-7),),
        # of micro-batches: 2 k + 1
        rates={
            0: 5e-4 * (1 + cos(pi / 1000)),
            250: 5e-4 * (1 + cos(pi * 0.501)),
            499: 5e-4 * (1 + cos(pi * 0.999)),
            500: 0.0,
        },
        by="CosineDecay(1e-3, 1000)",
        base=1e-3,
        clip=ClipValue(limit=0.5),
        accumulation=Accumulation(batches=2),
        average=Average(decay=0.9, start="first", clock="batch", after=1),
        to=to("Adam", fields="epsilon_position", lines=("clip_grad_value_", "0.9")),
    ),
)
