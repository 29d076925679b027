"""Makes ../scipy.json: paired permutation tests and bootstrap intervals by scipy.

    pip install scipy==1.17.1
    python scipy_goldens.py
"""

import json
import pathlib

import numpy as np
from scipy import stats


def main():
    rng = np.random.default_rng(3)
    tests = []
    for n in (2, 5, 9, 12, 14):
        for shift in (0.0, 0.3):
            a, b = rng.random(n), rng.random(n)
            a = np.round(a + shift, 1)  # rounded: some differences are zero, some sums tie
            b = np.round(b, 1)
            if np.all(a == b):
                continue
            p = stats.permutation_test(
                (a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples",
                vectorized=True, n_resamples=np.inf, alternative="two-sided",
            ).pvalue
            tests.append({"a": a.tolist(), "b": b.tolist(), "p": float(p)})
    boots = []
    for n, level in ((20, 0.95), (60, 0.95), (60, 0.8)):
        v = 1 / rng.integers(1, 12, n)  # reciprocal ranks
        ci = stats.bootstrap(
            (v,), np.mean, n_resamples=200_000, method="percentile", confidence_level=level, batch=10_000,
            rng=np.random.default_rng(1),
        ).confidence_interval
        boots.append({"values": v.tolist(), "confidence": level, "lo": float(ci.low), "hi": float(ci.high)})
    out = pathlib.Path(__file__).parent.parent / "scipy.json"
    out.write_text(json.dumps({"permutation": tests, "bootstrap": boots}) + "\n")


main()
