"""Tandem's grader: sanitise a submission, run it, judge its evidence, keep the gradebook."""
