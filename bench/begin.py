"""How each program of the benchmark begins and ends: the right Python, a folder of its own, signals, tables."""
import argparse, os, pathlib, platform, shutil, signal, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
VENV = ROOT / "build" / "venv" / "bin" / "python"
if VENV.exists() and pathlib.Path(sys.prefix).resolve() != VENV.parent.parent.resolve():
    os.execv(VENV, [str(VENV), *sys.argv])
sys.path.append(str(ROOT / "tests"))
try:
    import measure
except ModuleNotFoundError as bad:
    sys.exit(f"{bad}; scripts/install tests brings the Python clients")


def options(doc):
    """What every program takes."""
    ap = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "bench", help="where the programs are; built when it is build/bench")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--keep", action="store_true", help="keep the folder")
    return ap


def interrupted(*_):
    raise KeyboardInterrupt


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = int(next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))) // 2 ** 20
    return f"{os.cpu_count()} CPUs ({cpu}), {memory} GiB, Linux {platform.release()}"


def run(ap, work):
    """work(options, folder); the folder is removed, and what was started in it has ended before."""
    a = ap.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tally-bench-"))
    try:
        if a.build == ap.get_default("build"):
            measure.build(a.build)
        a.build = a.build.resolve()
        print(machine(), flush=True)
        work(a, folder)
    except measure.Failed as bad:
        sys.exit(f"FAILED: {bad}")
    finally:
        if a.keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def table(title, columns, rows):
    """Markdown: columns of (name, digits), a row each of (name, [figure, text or None])."""
    width = max(len(name) for name, _ in rows)
    print(f"\n{title}\n")
    print("| " + " | ".join([f"{'':{width}}"] + [c for c, _ in columns]) + " |")
    print("|" + "|".join(["---"] + ["---:"] * len(columns)) + "|")
    for name, values in rows:
        cells = [v if isinstance(v, str) else "" if v is None else f"{v:,.{digits}f}" for v, (_, digits) in zip(values, columns)]
        print("| " + " | ".join([f"{name:{width}}"] + cells) + " |")
    sys.stdout.flush()
