"""Invented figures, always the same: what the screenshots of the dashboard show beside the examples, and tests of nothing.

27 provinces and 24 partners in 2023; most by month, some by year, some of nine months alone; some months are missing, some say "about", and now and
then a newspaper says something that can't be true. Sizes are about those of life; the figures are not.
"""
import json, random

PARTNERS = {"US": 9, "KR": 7, "JP": 7.4, "VN": 5, "RU": 3.6, "DE": 4.8, "AU": 5.2, "MY": 4.4, "BR": 4.1, "IN": 3.1, "TH": 2.9, "ID": 3.2, "SG": 2.5, "NL": 2.7, "GB": 2.3, "SA": 2.4, "MX": 2.2, "FR": 1.8, "AE": 2.1, "IT": 1.6,
            "KZ": .9, "MN": .4, "TM": .3, "ZA": 1.2}                                            # percent of a province's trade
PROVINCES = {"GD": 8.3, "JS": 5.2, "ZJ": 4.9, "SH": 4.2, "BJ": 3.6, "SD": 3.2, "FJ": 1.9, "SC": .96, "TJ": .8, "HE": .6, "HA": .8, "LN": .77, "CQ": .71, "AH": .8, "HB": .65, "GX": .7, "HN": .6, "SN": .4, "JX": .57, "XJ": .36, "YN": .26,
             "HL": .3, "NM": .2, "JL": .17, "SX": .17, "HI": .23, "GZ": .08}                    # trillion yuan
NEIGHBOURS = {("HL", "RU"), ("NM", "MN"), ("XJ", "KZ"), ("GX", "VN"), ("YN", "VN"), ("LN", "KR"), ("LN", "JP"), ("SD", "KR"), ("NM", "RU")}
KNOWN = {("LN", "RU"), ("JL", "RU"), ("CN", "RU")}                                              # of these the examples tell
LAST_DAY = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
CHAPTERS = {"87": 9.1e9, "84": 4.2e9, "85": 3.8e9, "72": 2.2e9, "39": 1.1e9, "94": .7e9, "27": .2e9}
DEEDS = [("FRAMEWORK", ["logistics"]), ("MOU", ["timber", "food"]), ("CONTRACT", ["machinery"]), ("CONTRACT", ["machinery", "logistics"]), ("SISTER_CITY", []), ("INVESTMENT", ["chemicals"])]


def figure(province, partner, flow, yuan, start=(1, 1), end=(12, 31), **more):
    return {"type": "trade", "basis": "STATISTIC", "province": province if province == "CN" else f"CN-{province}", "partner": partner, "flow": flow, "value": f"{int(yuan) // 1000000 * 1000000}", "currency": "CNY",
            "period_start": "2023-{:02d}-{:02d}".format(*start), "period_end": "2023-{:02d}-{:02d}".format(*end), "grade": "PROVISIONAL", "published_at": "2024-01-18T02:00:00Z",
            "source": {"name": "An invented office", "url": f"https://statistics.example/{province.lower()}/{partner.lower()}"}, **more}


def pair(rng, province, partner, flow, year):
    """One pair as somebody may have told it."""
    kind = rng.random()
    if kind < .35:
        yield figure(province, partner, flow, year)
    elif kind < .45:
        yield figure(province, partner, flow, year * .74, end=(9, 30))
    elif kind < .5:
        yield figure(province, partner, flow, year, bound="ABOUT")
    else:
        weights, gap = [rng.uniform(.7, 1.3) for _ in LAST_DAY], rng.choice([None, None, 5, 8])
        months = [year * weight / sum(weights) for weight in weights]
        yield from (figure(province, partner, flow, value, (m + 1, 1), (m + 1, LAST_DAY[m])) for m, value in enumerate(months) if m != gap)
        if gap:
            yield figure(province, partner, flow, sum(map(int, months)))
        if rng.random() < .12:
            yield figure(province, partner, flow, year * 1.6, end=(6, 30), grade="PRESS", title="A newspaper's first half of the year", source={"name": "A newspaper", "url": "https://news.example/1"})


def records():
    rng, shares = random.Random(16), (("EXPORT", .57), ("IMPORT", .43))
    for province, size in PROVINCES.items():
        for flow, share in shares:
            told = 0
            for partner, weight in PARTNERS.items():
                if rng.random() < .12 or (province, partner) in KNOWN:
                    continue
                year = size * 1e12 * share * weight / 100 * (4 if (province, partner) in NEIGHBOURS else 1) * rng.uniform(.5, 1.6)
                told += year
                yield from pair(rng, province, partner, flow, year)
            if rng.random() < .8:
                yield figure(province, "WORLD", flow, told / rng.uniform(.55, .9))
    for flow, share in shares:
        yield from (figure("CN", partner, flow, 41.76e12 * share * weight / 100 * 1.4) for partner, weight in PARTNERS.items() if ("CN", partner) not in KNOWN)
    yield from (figure("LN", "KR", "EXPORT", value, commodity=chapter) for chapter, value in CHAPTERS.items())
    for n, (kind, sectors) in enumerate(DEEDS):
        yield {"type": "agreement", "id": f"invented:{n}", "kind": kind, "status": "SIGNED", "provinces": ["CN-LN"], "partners": ["KR"], "sectors": sectors, "signed_on": f"2023-{n + 3:02d}-11",
               "source": {"name": "An invented office"}, "title": f"Invented agreement {n + 1}"}


def lines():
    return [json.dumps(record).encode() for record in records()]
