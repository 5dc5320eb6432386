"""Changes to a treatment plan: each makes a new plan, the earlier ones stay on record."""

from collections.abc import Sequence
from datetime import datetime

from ..errors import NotFound, Refused
from ..types import Goal, TreatmentPlan


def with_goal(
    plan: TreatmentPlan | None, client: str, text: str, objectives: Sequence[str], by: str, at: datetime
) -> TreatmentPlan:
    """Return the plan with one more goal; its key is the next number, so that it is quickly typed.

    Raises:
        Refused: the goal or an objective has no words, or the plan has that goal already.
    """
    goals = plan.goals if plan else ()
    wanted, steps = text.strip(), tuple(one.strip() for one in objectives)
    if not wanted or not all(steps):
        raise Refused("A goal, and each objective, needs words.", 'Write it as: evenfall plan goal CLIENT "the goal".')
    if any(goal.text.casefold() == wanted.casefold() and goal.met_at is None for goal in goals):
        raise Refused("The plan has that goal already.", "List the goals with: evenfall plan show CLIENT")
    key = str(1 + max((int(goal.key) for goal in goals if goal.key.isdecimal()), default=0))
    return TreatmentPlan(client=client, goals=(*goals, Goal(key=key, text=wanted, objectives=steps)), by=by, at=at)


def met(plan: TreatmentPlan | None, key: str, by: str, at: datetime) -> TreatmentPlan:
    """Return the plan with a goal marked as met: it stays in the plan and is asked about no more.

    Raises:
        NotFound: the plan has no such goal.
    """
    found, goal = _find(plan, key)
    reached = goal.replace(met_at=goal.met_at or at)
    return found.replace(goals=tuple(reached if one == goal else one for one in found.goals), by=by, at=at)


def without_goal(plan: TreatmentPlan | None, key: str, by: str, at: datetime) -> TreatmentPlan:
    """Return the plan without a goal; notes that were linked to it keep its words.

    Raises:
        NotFound: the plan has no such goal.
    """
    found, goal = _find(plan, key)
    return found.replace(goals=tuple(one for one in found.goals if one != goal), by=by, at=at)


def _find(plan: TreatmentPlan | None, key: str) -> tuple[TreatmentPlan, Goal]:
    for goal in plan.goals if plan else ():
        if plan and goal.key == key:
            return plan, goal
    raise NotFound("There is no goal of that number in the plan.", "List the goals with: evenfall plan show CLIENT")
