# 田畴 Tianchou. 两条命令 / Two commands:  make run   make test   (其余 / the rest: make help)

PYTHON ?= python3
PORT ?= 8501
ZONE ?= data/shapefiles
OUT ?= out
JOBS ?= auto
BIN := .venv/bin
# Compiled once, read by the hundred processes that the tests start: some machines forbid it for programs of one run.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run plan app test lint kernels format types unit bench bench-exact bench-map soak-map notebook lock wheelhouse setup setup-test setup-bench clean

help: ## 列出命令 / list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: port setup ## 一次完成：安装、规划示例区、打开地图 / set up, plan the shipped zone, open the map app (PORT=8501)
	@$(BIN)/tianchou relocate $(ZONE) -o $(OUT)
	@$(MAKE) --no-print-directory open

plan: setup ## 只规划 / plan only (ZONE=folder OUT=folder)
	@$(BIN)/tianchou relocate $(ZONE) -o $(OUT)

app: port setup ## 只打开地图 / open the map app only (ZONE=folder OUT=folder PORT=8501)
	@$(MAKE) --no-print-directory open

test: setup-test ## 检查与全部测试 / lint, types, import contracts and all tests
	@$(MAKE) --no-print-directory -j2 lint kernels
	@$(MAKE) --no-print-directory unit

unit: setup-test ## 只跑测试 / tests only (ARGS="-k name"; JOBS=1 one after another)
	@$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: setup-test ## ruff、mypy --strict、导入层次 / ruff, mypy --strict, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "make format"; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

kernels: setup-test ## 数值内核只编译一次，供所有进程读取 / compile the numeric loops once, for all processes that read them
	@$(BIN)/python tools/kernels.py

format: setup-test ## 统一排版 / lay out the code
	@$(BIN)/ruff format .

types: setup-test ## 只做类型检查 / types only
	@$(BIN)/mypy

bench: setup-bench ## 性能对比表：同机、同数据、同一次 / the speed table against named peers (ARGS="--parcels 50000 --write")
	@$(BIN)/python -m bench.speed $(ARGS)

bench-exact: setup-bench ## 裁切内核与 GEOS 逐对比较 / the clipping kernel against GEOS, pair by pair (ARGS="--pairs 100000")
	@$(BIN)/python -m bench.clipping $(ARGS)

bench-map: setup-bench ## 五十万图斑的地图：打开、平移、点击、内存 / the map of half a million parcels, measured (ARGS="--zone DIR")
	@$(BIN)/python -W ignore -m bench.map $(ARGS)

soak-map: setup-bench ## 地图随机使用二十分钟 / twenty minutes of random use (ARGS="--minutes 20")
	@$(BIN)/python -W ignore -m bench.soak_map $(ARGS)

chaos: setup-test ## 台账：8 进程、kill -9、断电 / the ledger under kill -9 (ARGS="--seed 7")
	@$(BIN)/python -m tests.chaos $(ARGS)

notebook: setup-test ## 重新执行笔记本 / run the notebooks again, in place
	@$(BIN)/python tools/run_notebooks.py

lock: ## 由 pyproject.toml 重写锁定文件 / rewrite the locks from pyproject.toml (UPGRADE=1)
	@UPGRADE=$(UPGRADE) sh tools/lock.sh

wheelhouse: setup-test ## 不联网安装包：Linux 与 Windows / install folders for machines without internet (ARGS=--check)
	@$(BIN)/python tools/wheelhouse.py $(ARGS)

setup: ## 只安装运行所需 / only set up what runs
	@$(PYTHON) tools/setup.py run

setup-test: ## 只安装测试所需 / only set up what tests
	@$(PYTHON) tools/setup.py test

setup-bench: ## 只安装对比所需 / only set up what the benchmarks compare with
	@$(PYTHON) tools/setup.py bench

clean: ## 删除环境与产物 / remove the environment and everything made
	rm -rf .venv $(OUT) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: port open
port:
	@$(PYTHON) tools/free_port.py $(PORT)

open:
	@echo "在浏览器打开 / open in a browser: http://localhost:$(PORT)   （Ctrl+C 结束 / to stop）"
	@$(BIN)/tianchou app --zone $(ZONE) -o $(OUT) --port $(PORT)
