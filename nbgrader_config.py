"""Wires nbgrader to Tandem's folders and preprocessors."""

import os
from functools import partial
from pathlib import Path

from autograder.collect import Collector, Extractor
from autograder.exporter import SubmissionExporter
from autograder.feedback import FeedbackExporter
from autograder.formgrader import FILTERS
from autograder.intake import set_aside
from autograder.pipeline import EXECUTE, JUDGE, SANITISE, SAVE

c = get_config()  # noqa: F821  (traitlets defines it)

COURSE = Path(__file__).resolve().parent
# Below COURSE. `make demo` names another one, for its made-up students are not to meet yours.
CLASSROOM = os.environ.get("TANDEM_CLASSROOM") or "classroom"
# Other users of a shared server have no business in it.
(COURSE / CLASSROOM).mkdir(mode=0o700, parents=True, exist_ok=True)

c.CourseDirectory.course_id = "tandem"
c.CourseDirectory.root = str(COURSE)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "labs/en"
c.CourseDirectory.submitted_directory = f"{CLASSROOM}/submitted"
c.CourseDirectory.autograded_directory = f"{CLASSROOM}/autograded"
c.CourseDirectory.feedback_directory = f"{CLASSROOM}/feedback"
c.CourseDirectory.db_url = f"sqlite:///{COURSE / CLASSROOM / 'gradebook.db'}"

c.Autograde.exporter_class = SubmissionExporter
c.Autograde.pre_convert_hook = partial(set_aside, source=COURSE / "solutions")
c.Autograde.sanitize_preprocessors = SANITISE
c.Autograde.autograde_preprocessors = EXECUTE + JUDGE + SAVE

# `nbgrader zip_collect` reads what Moodle and Canvas give, from classroom/downloaded/<lab>/archive.
c.ZipCollectApp.downloaded_directory = f"{CLASSROOM}/downloaded"
c.ZipCollectApp.extractor_plugin = Extractor
c.ZipCollectApp.collector_plugin = Collector

c.GenerateFeedback.exporter_class = FeedbackExporter
c.HTMLExporter.filters = FILTERS  # the formgrader's
