# make lab      open JupyterLab on the notebooks
# make run      run every notebook without a screen (short mode), then as make pages
# make pages    the reading edition, from the notebooks as they are saved: build/index.html
# make test     the tests, the notebooks among them
# make quick    the tests without the slow ones, such as the notebooks: for every day
# make scores   measure the shipped models again (needs the real data): Model_data/scores*.json
# make bench    what the damage generator costs
# make widths   the experiment that chose the widths of the network (needs the real CIFAR-10)
# make transfer the experiments on transfer learning and forgetting (needs the real paintings)
# make train    the full training of the shipped 32x32 model, into Model_data/my_run/
# make numbered paint the numbered images again, into images/numbered_images/
# make pics     draw the figures into pics/, with their alt texts
# make slides   the slides of the lesson: .pptx, and .pdf if LibreOffice is installed; before,
#               make pics, if the networks have changed
# make export   write the marked notebook cells to notebooks/inpainting/
#
# Each target makes the environment .venv itself. PYTHON=python3.12 chooses another Python;
# CONSTRAINTS=constraints-colab.txt VENV=.venv-colab tests with the library versions of Colab.

PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
READY = $(VENV)/.ready
BIN = "$(CURDIR)/$(VENV)/bin/"

.PHONY: help lab run pages test quick scores bench widths transfer train numbered pics slides
.PHONY: export
.DELETE_ON_ERROR:

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

$(READY): pyproject.toml requirements.txt $(CONSTRAINTS)
	@echo "Installing the libraries into $(VENV): this takes some minutes."
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit("This needs \
	Python 3.11, 3.12 or 3.13; give one, as in: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)python -m pip install --quiet --disable-pip-version-check -e . -c $(CONSTRAINTS)
	touch $@

lab: $(READY)
	$(BIN)jupyter lab --notebook-dir=. --LabApp.default_url=/lab/tree/notebooks

run: $(READY)
	$(BIN)python tools/run_notebooks.py

pages: $(READY)
	$(BIN)python tools/reading_edition.py

# several processes share the GPU, if there is one
test: export TF_FORCE_GPU_ALLOW_GROWTH = true
test: $(READY)
	$(BIN)python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

quick: $(READY)
	$(BIN)python -m pytest -m "not slow"

scores: $(READY)
	$(BIN)python -m inpainting.scores
	$(BIN)python -m inpainting.find_and_fill.scores

bench: $(READY)
	$(BIN)python tools/experiments/bench.py

widths: $(READY)
	$(BIN)python tools/experiments/widths.py

transfer: $(READY)
	$(BIN)python tools/experiments/transfer.py

train: $(READY)
	$(BIN)python -m inpainting.train

numbered: $(READY)
	$(BIN)python tools/numbered_images/paint.py

pics: $(READY)
	$(BIN)python tools/figures/pics.py

slides: $(READY)
	$(BIN)python tools/figures/pics.py --outdated
	$(BIN)python slides/build.py

export: $(READY)
	$(BIN)python tools/export.py
