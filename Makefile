# Obisgate: every command sets up what it needs first. `make help` lists them.

PYTHON ?= python3
VENV := build/venv
BIN := $(VENV)/bin
BOARD ?= host
# Tests side by side: they wait for the line more than they compute.
JOBS ?= 4

.DEFAULT_GOAL := help

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/ready: requirements.txt
	@$(PYTHON) tools/check_machine.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once; about a minute) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/ready-flash: $(VENV)/ready requirements-flash.txt
	@echo "Setting up what flashing needs (once) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-flash.txt
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-flash.txt requirements-dev.txt
	@echo "Setting up what the tests need (once) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

setup: $(VENV)/ready-dev  ## install everything for building and testing into build/venv

build: $(VENV)/ready  ## compile the firmware into build/$(BOARD) and print the size of each part
	@$(BIN)/python -m tools.build --board $(BOARD)

run: $(VENV)/ready  ## run the adapter on this PC against a virtual meter (METER=, SERIAL=, KEY=, BROKER=, …)
	@$(BIN)/python -m tools.build --board host --quiet
	@$(BIN)/python -m tools.run

test: $(VENV)/ready-dev  ## run all tests on CPython and MicroPython
	@$(BIN)/python -m tools.build --board host --quiet
	@$(BIN)/pytest -n $(JOBS) --dist worksteal || { \
		echo "Lines and brokers run in real time: what failed side by side is tried once more, alone."; \
		$(BIN)/pytest --last-failed --last-failed-no-failures none; }

lint: $(VENV)/ready-dev  ## check style, imports, spelling and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell
	@$(BIN)/python -m tools.build --board host --quiet
	@$(BIN)/mypy --custom-typeshed-dir $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') firmware drivers lib

bench: $(VENV)/ready-dev  ## measure; prints a table and writes build/bench.json
	@$(BIN)/python -m tools.build --board host --quiet
	@$(BIN)/python -m tools.bench

meters: $(VENV)/ready  ## list the virtual meters for METER=
	@$(BIN)/python -m tools.meters

PYTHON313 ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python3.13) $(shell command -v python3.13) python3.13)

homeassistant:  ## install Home Assistant (needs Python 3.13), so that the tests can ask its own code
	@test -x build/homeassistant/bin/python || $(PYTHON313) -m venv build/homeassistant
	@build/homeassistant/bin/pip install --quiet --disable-pip-version-check \
		--ignore-requires-python -r tests/homeassistant/requirements.txt

docs: $(VENV)/ready  ## write the documentation that is generated from tables
	@$(BIN)/python -m tools.docs

size: $(VENV)/ready  ## report flash and RAM of the firmware on BOARD, against its budget
	@$(BIN)/python -m tools.size --board $(BOARD)

image: $(VENV)/ready-flash  ## make one binary of MicroPython (FIRMWARE=) and the application for BOARD
	@$(BIN)/python -m tools.image --board $(BOARD) $(if $(FIRMWARE),--firmware $(FIRMWARE))

flash: $(VENV)/ready-flash  ## flash BOARD at PORT, with MicroPython from FIRMWARE or its newest release
	@$(BIN)/python -m tools.flash --board $(BOARD) --port $(PORT) $(if $(FIRMWARE),--firmware $(FIRMWARE))

release-keys: $(VENV)/ready  ## make the two keys that sign updates, outside this tree
	@$(BIN)/python -m tools.release keys

release: $(VENV)/ready  ## make and sign an update bundle for all boards
	@$(BIN)/python -m tools.release bundle

clean:  ## remove everything that was built
	rm -rf build

.PHONY: help setup build run test lint bench meters homeassistant docs size image flash release-keys release clean
