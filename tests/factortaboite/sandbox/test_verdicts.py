import pytest

from factortaboite.sandbox.verdicts import MOTIVES, Verdict, verdict

PARTNERS = ("allianz-trade", "atradius", "coface")
IDENTIFIERS = [f"{number:09d}" for number in range(400)]


@pytest.mark.parametrize("partner", PARTNERS)
def test_any_buyer_gets_a_sound_answer(partner):
    for identifier in IDENTIFIERS:
        for asked in (1000, 3000, 50_000):
            answer = verdict(partner, identifier, asked)
            assert answer == verdict(partner, identifier, asked)
            assert 0 <= answer.temporary <= answer.granted <= asked
            assert answer.granted % 1000 == answer.temporary % 1000 == 0
            assert (answer.motive in MOTIVES) == (answer.granted < asked)
            assert not answer.silent


@pytest.mark.parametrize("partner", PARTNERS)
def test_answers_are_mixed(partner):
    answers = [verdict(partner, identifier, 50_000) for identifier in IDENTIFIERS]
    in_full = sum(answer.granted == 50_000 for answer in answers)
    refused = sum(answer.granted == 0 for answer in answers)
    assert 180 < in_full < 260  # 55 % of 400
    assert 50 < refused < 110  # 20 %
    assert 50 < len(answers) - in_full - refused  # 25 %
    assert any(answer.temporary for answer in answers) and any(answer.conditional for answer in answers)
    assert 40 < sum(answer.referred for answer in answers) < 120  # one in five


def test_insurers_differ():
    assert any(verdict("atradius", i, 50_000) != verdict("coface", i, 50_000) for i in IDENTIFIERS)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        pytest.param(100_000, 60_000, id="as in the demo"),
        pytest.param(200_000, 60_000, id="more asked, no more granted"),
        pytest.param(40_000, 40_000, id="less asked, granted in full"),
    ],
)
def test_a_demo_buyer_asked_for_another_amount(asked, granted):
    answer = verdict("coface", "000100032", asked)
    assert answer.granted == granted
    assert bool(answer.motive) == (granted < asked)


def test_the_demo_buyer_on_whom_one_insurer_is_silent():
    assert verdict("coface", "000100149", 20_000) == Verdict(0, silent=True)
    assert verdict("atradius", "000100149", 20_000).granted == 20_000
