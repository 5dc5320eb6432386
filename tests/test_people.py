"""Third persons by role: who is named with a role, what becomes of the name, and which names are left to ask about."""

import pytest

from pipeline.draft.namings import load_roles
from pipeline.draft.people import People
from pipeline.types import Kind, Speaker, Transcript, Turn


def people(*lines: str, kind: Kind = "dictation", speaker: Speaker = "clinician") -> People:
    """Return the people of a transcript of these turns."""
    turns = tuple(
        Turn(id=f"t{n}", speaker=speaker, start=float(n), end=float(n), text=line) for n, line in enumerate(lines)
    )
    return People.of(Transcript(recording="a" * 64, kind=kind, engine="typed", turns=turns))


@pytest.mark.parametrize(
    ("said", "text", "plain"),
    [
        ("She came with her husband Mark.", "She came with her husband Mark.", "She came with her husband."),
        ("Her husband, Mark, drinks.", "Her husband, Mark, drinks.", "Her husband drinks."),
        ("Mark, her husband, left.", "Mark, her husband, left.", "Her husband left."),
        ("Her older sister Ann rang.", "Her older sister Ann rang.", "Her older sister rang."),
        ("She has a friend named Julie.", "She has a friend named Julie.", "She has a friend."),
        ("Her mother Jane Smith died.", "Her mother Jane Smith died.", "Her mother died."),
        ("She saw her GP, Dr Okafor, today.", "She saw her GP, Dr Okafor, today.", "She saw her GP today."),
        ("My client Jane Doe came.", "My client Jane Doe came.", "My client came."),
        # the name alone
        ("Her husband Mark came.", "Mark said he drinks.", "Husband said he drinks."),
        ("Her husband Mark came.", "She told Mark.", "She told the husband."),
        ("Her husband Mark came.", "Mark's car broke.", "Husband's car broke."),
        ("Her husband Mark came.", "She slept. Mark left.", "She slept. Husband left."),
        ("Dr Patel, the psychiatrist, rang.", "Dr Patel raised it.", "Psychiatrist raised it."),
        ("Ann is her sister.", "She told Ann.", "She told the sister."),
        ("My client Jane Doe came.", "Jane cried.", "Client cried."),
        ("Husband Mark attended.", "She told Mark.", "She told the husband."),
        # lower case
        ("she came with her husband mark", "she came with her husband mark", "she came with her husband"),
        ("her husband mark said no", "her husband mark said no", "her husband said no"),
        ("she met her friend called julie", "she met her friend called julie", "she met her friend"),
        ("her friend called julie said no", "julie rang", "Friend rang"),
    ],
)
def test_a_name_becomes_its_role(said: str, text: str, plain: str) -> None:
    assert people(said).plain(text) == plain


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Her husband Mark came.", 'She said "Mark left" and cried.'),
        ("Her husband Mark came.", "She read Mark Twain."),
        ("Her husband Mark came.", "Mark her progress."),
        ("Her husband Mark came.", "they mark the date"),
        ("Her friend Will came.", "Will she come?"),
        ("Ann is her sister.", "Ann is her sister."),
        ("Her husband will call.", "Her husband will call."),
        ("her mother may come", "her mother may come"),
        ("Her sister called Julie on Monday.", "Her sister called Julie on Monday."),
        ("her sister called julie", "her sister called julie"),
        ("She told mother Ann was ill.", "She told mother Ann was ill."),
        ("She told Mark, her husband, and Ann.", "She told Mark."),
        ("Her sister Ann left. Her sister Beth stayed.", "Ann told Beth."),
        ("Her boss Mark and her husband Mark met.", "Mark left."),
        ("My colleague Ann advised.", "Ann rang."),
        ("She saw Mark.", "Mark left."),
    ],
)
def test_a_name_stays_where_it_is_not_sure_or_was_quoted(said: str, text: str) -> None:
    assert people(said).plain(text) == text


@pytest.mark.parametrize(
    ("speaker", "said", "plain"),
    [
        ("client", "My husband Mark drinks.", "Husband left."),
        ("clinician", "And your husband Mark?", "Husband left."),
        ("client", "She asked her husband Mark.", "Mark left."),
        ("client2", "My brother Mark drinks.", "Mark left."),
        ("other", "My brother Mark drinks.", "Mark left."),
    ],
)
def test_in_a_session_the_role_is_the_one_beside_the_client(speaker: Speaker, said: str, plain: str) -> None:
    assert people(said, kind="session", speaker=speaker).plain("Mark left.") == plain


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("She told Julie.", ("Julie",)),
        ("Julie and Ann told Julie.", ("Julie", "Ann")),
        ('She said "Mark left".', ("Mark",)),
        ("Dr Xanthou rang Mrs. Brown.", ("Xanthou", "Brown")),
        ("Will said no.", ("Will",)),
        ("She met Grace.", ("Grace",)),
        ("she has a friend named julie", ("julie",)),
        ("Will she come?", ()),
        ("Hope is back.", ("Hope",)),
        ("Hope for change.", ()),
        ("Grace period ends in May.", ()),
        ("She moved to Florence in June.", ()),
        ("She takes Sertraline and did CBT on Monday.", ()),
        ("She filled in the Stanley-Brown plan and the Columbia.", ()),
        ("she will mark the date in may", ()),
    ],
)
def test_names_without_a_role_are_reported(text: str, names: tuple[str, ...]) -> None:
    assert People().unnamed(text) == names


def test_what_has_its_role_is_no_longer_reported() -> None:
    known = people("Her husband Mark came with Julie.")
    plain = known.plain("Julie argued with Mark.")
    assert (plain, known.unnamed(plain)) == ("Julie argued with the husband.", ("Julie",))


def test_the_lists_do_not_contradict_each_other() -> None:
    roles = load_roles()
    assert len(roles.names) == len(set(roles.names)) > 1500
    assert set(roles.words_too) | set(roles.months) <= set(roles.names)
    assert set(roles.places) <= set(roles.names)
    assert not set(roles.she) & set(roles.he)
    assert all(name == name.casefold() for name in roles.names)
