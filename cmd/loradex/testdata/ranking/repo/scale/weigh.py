"""Weighing parcels, and what the weights say."""

import csv
import math
import statistics


def read_scale(port, attempts=3):
    """Read the weight from the serial port of the scale; try again on a checksum error."""
    for _ in range(attempts):
        line = port.readline().strip()
        body, check = line[:-2], int(line[-2:], 16)
        if sum(body) % 256 == check:
            return float(body)
    raise IOError("the scale does not answer")


def convert_pounds(pounds):
    """Pounds to kilograms, rounded to grams."""
    return round(pounds * 0.45359237, 3)


def moving_average(values, window):
    """Smooth a series with the mean of the last values."""
    total, out = 0.0, []
    for i, value in enumerate(values):
        total += value
        if i >= window:
            total -= values[i - window]
        out.append(total / min(i + 1, window))
    return out


def find_outliers(values, limit=3.0):
    """Weights that lie far from the median, by the median absolute deviation."""
    middle = statistics.median(values)
    spread = statistics.median(abs(v - middle) for v in values) or 1.0
    return [v for v in values if abs(v - middle) / spread > limit]


def linear_fit(xs, ys):
    """Slope and intercept of the least squares line through points."""
    mx, my = statistics.fmean(xs), statistics.fmean(ys)
    slope = sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sum((x - mx) ** 2 for x in xs)
    return slope, my - slope * mx


def load_tariff(path):
    """Read the price table from a CSV file: weight class to cents."""
    with open(path, newline="", encoding="utf-8") as f:
        return {row["class"]: int(row["cents"]) for row in csv.DictReader(f)}


def postage(weight, tariff):
    """What it costs to send a parcel of a weight."""
    for name, limit in (("small", 2), ("medium", 10), ("large", 31.5)):
        if weight <= limit:
            return tariff[name]
    raise ValueError("too heavy for the post")


def pack_boxes(weights, capacity):
    """Bin packing by first fit decreasing: put parcels into as few boxes as it can."""
    boxes = []
    for w in sorted(weights, reverse=True):
        for box in boxes:
            if sum(box) + w <= capacity:
                box.append(w)
                break
        else:
            boxes.append([w])
    return boxes


def volumetric_weight(length, width, height, divisor=5000):
    """The weight that airlines charge a light but bulky parcel for, from its size in centimetres."""
    return math.ceil(length * width * height / divisor)
