"""Update rules in neutral words: each a frozen record, every switch on which frameworks differ a field of it.

In the equations: theta the parameter, g the gradient of the loss at theta, t the step (from 1).
"""

from comparisons.rules.adadelta import Adadelta
from comparisons.rules.adagrad import Adagrad
from comparisons.rules.adam import Adam
from comparisons.rules.rmsprop import RMSprop
from comparisons.rules.sgd import SGD

Rule = SGD | Adagrad | Adadelta | RMSprop | Adam

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "RMSprop", "Rule"]
