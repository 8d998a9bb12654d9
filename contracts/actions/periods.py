"""How a contract's term is cut into assessment periods."""

from contracts.models import AssessmentPeriod, Contract
from contracts.rules.periods import PeriodOption, periods_of


def put_periods(contract: Contract, option: PeriodOption) -> int:
    """Cut the term of a contract that has no periods; return how many there are now.

    Inside the transaction of whatever brings the contract, or another reading of it.
    """
    periods = periods_of(contract.term, first_day=contract.first_day, option=option)
    AssessmentPeriod.objects.bulk_create(
        AssessmentPeriod(
            contract=contract,
            number=period.number,
            label=period.label,
            starts_on=period.span.starts_on,
            ends_before=period.span.ends_before,
            quarter=period.quarter,
            improvement_ends_before=period.improvement_ends_before,
        )
        for period in periods
    )
    return len(periods)
