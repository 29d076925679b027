"""Makes ../scipy.json: paired permutation tests, t-tests and bootstrap intervals by scipy, Holm's correction by statsmodels.

    pip install scipy==1.17.1 statsmodels==0.15.0
    python scipy_goldens.py
"""

import json
import pathlib

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests


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
    ttests = []
    for n in (2, 5, 20, 300):
        for shift in (0.0, 0.1, 0.5):
            a, b = rng.random(n) + shift, rng.random(n)
            ttests.append({"a": a.tolist(), "b": b.tolist(), "p": float(stats.ttest_rel(a, b).pvalue)})
    holm = []
    for p in ([0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.9, 0.001, 0.001, 1.0, 0.0], rng.random(15).round(3).tolist()):
        holm.append({"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()})
    boots = []
    for n, level in ((20, 0.95), (60, 0.95), (60, 0.8)):
        v = 1 / rng.integers(1, 12, n)  # reciprocal ranks
        ci = stats.bootstrap(
            (v,), np.mean, n_resamples=200_000, method="percentile", confidence_level=level, batch=10_000,
            rng=np.random.default_rng(1),
        ).confidence_interval
        boots.append({"values": v.tolist(), "confidence": level, "lo": float(ci.low), "hi": float(ci.high)})
    out = pathlib.Path(__file__).parent.parent / "scipy.json"
    out.write_text(json.dumps({"permutation": tests, "ttest": ttests, "holm": holm, "bootstrap": boots}) + "\n")


main()
