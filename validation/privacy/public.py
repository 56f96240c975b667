"""What is public by its nature or by the site's word: mailboxes and phones of institutions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datasets.serbian import fold

SMALL = 5  # people: a count below tells who they are
STATE = "gov"
"""A part of domains that only public bodies have, as ls.gov.rs: who writes there is in office."""
_MAIL = re.compile(r"([\w.%+-]+)@((?:[\w-]+\.)+[^\W\d_]{2,})")
_PHONE = re.compile(r"[+(]?[0-9](?:[ \u00a0/.()–-]{0,3}[0-9]){7,}")
_ROLES = re.compile(
    r"(info|office|ured|kontakt|contact|kabinet|opstina|grad|pisarnica|posta|mail|email|webmaster|admin"
    r"|administracija|sekretar|sekretarijat|uprava|direkcija|direktor|press|pr|podaci|opendata"
    r"|sluzba|skola|os|ss|gimnazija|vrtic|pu|predskolska|dz|jkp|jp|jpkp|biblioteka|muzej|arhiv"
    r"|pozoriste|centar|csr|kc|mz|turizam|javne|nabavke|javnenabavke|finansije|budzet|lpa|poreska"
    r"|racunovodstvo|marketing|podrska|support|help|hello|portal|redakcija|zastita|lice|gis"
    r"|noreply|no reply|data|open|service|sales|team)( |[0-9]|$)"
    r"|(opstin|gradsk|skol|vrtic|bibliotek|muzej|gimnazij|predskolsk|domzdravlj|domkultur|turist"
    r"|komunal|vodovod|toplan|pisarnic|mesnazajednic|centarzasoc)"
)
"""How the name of a mailbox of an office begins, folded."""


@dataclass(frozen=True, slots=True)
class Public:
    """What `validation.privacy` of config.yml says, beside what is everywhere so.

    A domain covers those under it. `phones` are beginnings of numbers, digits as they are dialled
    at home: 034300 is every number that begins with 034/300. Counts of people below `k` are small.
    """

    domains: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    k: int = SMALL

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Public":
        """Take it from JSON."""
        return cls(
            tuple(domain.lower().lstrip("@.") for domain in settings.get("domains", ())),
            tuple(mailbox.lower() for mailbox in settings.get("mailboxes", ())),
            tuple(map(at_home, settings.get("phones", ()))),
            int(settings.get("k", SMALL)),
        )

    def holds_private_mail(self, text: str) -> bool:
        """Tell whether any mail address in a text is a person's."""
        return any(not self._is_office(*parts) for parts in _MAIL.findall(text.lower()))

    def _is_office(self, mailbox: str, domain: str) -> bool:
        return (
            any(domain == own or domain.endswith(f".{own}") for own in self.domains)
            or STATE in domain.split(".")
            or mailbox in self.mailboxes
            or f"{mailbox}@{domain}" in self.mailboxes
            or bool(_ROLES.match(fold(mailbox)))
        )

    def holds_private_phone(self, text: str) -> bool:
        """Tell whether any number in a text is not one of the site's own."""
        numbers = map(at_home, _PHONE.findall(text))
        return not self.phones or any(not number.startswith(self.phones) for number in numbers)


def at_home(phone: str) -> str:
    """Write a number as it is dialled in Serbia, digits only.

    >>> at_home("+381 (0)34 300-100"), at_home("034/300-100"), at_home("0038134300100")
    ('034300100', '034300100', '034300100')
    """
    digits = re.sub(r"[^0-9]", "", phone)
    abroad = phone.lstrip("( ").startswith(("+", "00")) or len(digits) > 10
    return re.sub(r"^(00)?3810?", "0", digits) if abroad else digits
