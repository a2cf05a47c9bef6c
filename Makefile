# One line each, calling Python. `make demo` and `make test` do all set-up themselves.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup demo test attack bench test-gpu lab build translations curves student-release fresh check lock clean

help:            ## show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/ /'

setup: .venv/ready ## make the environment in .venv (every other command does this first)

.venv/ready: requirements.lock pyproject.toml tools/setup.py
	$(PYTHON) tools/setup.py

demo: setup      ## grade a class: build, release, submit, grade, feedback, summary
	$(BIN)/python -m tests.demo

test: setup      ## run all tests
	$(BIN)/python -m tests.all

attack: setup    ## cheat and do harm in every way we know: nothing may be gained
	$(BIN)/python -m tests.attack --ordinary

test-gpu: setup  ## run the reference answers and their judges on a GPU, where there is one
	$(BIN)/python -m tests.gpu

lab: setup       ## open JupyterLab on the lesson page
	$(BIN)/python -m tandem

build: setup     ## generate course/, labs/ and solutions/ from authoring/
	$(BIN)/python -m authoring build

translations: setup ## bring the catalogues of translations up to date with the texts
	$(BIN)/python -m authoring translations

curves: setup    ## run the lessons and ship their losses, which each twin draws beside its own
	$(BIN)/python -m authoring curves

student-release: setup ## write the tree that students get to build/student-release
	$(BIN)/python tools/student_release.py $(if $(REPOSITORY),--repository $(REPOSITORY))

fresh: setup     ## install what students get into new environments and run it there (minutes)
	$(BIN)/python -m tests.fresh_environment

check: setup     ## lint, types, and that every generated file is fresh
	$(BIN)/python tools/check.py

bench: setup     ## measure how fast grading is, beside stock nbgrader: over an hour
	$(BIN)/python -m bench.grading

lock: setup      ## write requirements.lock from what is installed in .venv
	$(BIN)/python tools/setup.py --lock

clean:           ## remove the environment and the demo's classroom, never a running course's
	rm -rf .venv build/demo
