"""The JVM in a container: which options stop it, which heap and collector it takes, what memory it will need.

Stands alone: imports nothing of the rest of hydrogitops, reads no file, clock or network.
"""

from hydrogitops.jvm.assess import VARIABLES, Assessment, assess
from hydrogitops.jvm.bill import Bill, BillLine
from hydrogitops.jvm.problem import OptionProblem
from hydrogitops.jvm.problems import Thresholds, Unseen
from hydrogitops.jvm.words import Word

__all__ = ["VARIABLES", "Assessment", "Bill", "BillLine", "OptionProblem", "Thresholds", "Unseen", "Word", "assess"]
