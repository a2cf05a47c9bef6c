"""The preprocessors, in order: one list for nbgrader's converter and for our own batches."""

from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    IgnorePattern,
    LimitOutput,
    OverwriteKernelspec,
    SaveAutoGrades,
)

from autograder.execute import Execute
from autograder.judge import Judge
from autograder.sanitise import DropMetadata, RestoreCells

SANITISE = [DropMetadata, OverwriteKernelspec, RestoreCells, CheckCellMetadata]
EXECUTE = [Execute]
JUDGE = [IgnorePattern, LimitOutput, Judge]
SAVE = [SaveAutoGrades, AssignLatePenalties]
