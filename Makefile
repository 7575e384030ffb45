# Obisgate: every command sets up what it needs first. `make help` lists them.

PYTHON ?= python3
VENV := build/venv
BIN := $(VENV)/bin
BOARD ?= host

.DEFAULT_GOAL := help

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/ready: requirements.txt
	@$(PYTHON) tools/check_machine.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once; about a minute) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.txt
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
	@$(BIN)/pytest

lint: $(VENV)/ready-dev  ## check style, imports, spelling and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell

bench: $(VENV)/ready-dev  ## measure; prints a table and writes build/bench.json
	@$(BIN)/python -m tools.build --board host --quiet
	@$(BIN)/python -m tools.bench

clean:  ## remove everything that was built
	rm -rf build

.PHONY: help setup build run test lint bench clean
