"""Addresses of offices: those of persons are never passed on."""

import re

_MAIL = re.compile(r"(?:mailto:)?([A-Za-z0-9._+-]{1,64})@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_ROLES = frozenset(
    "admin administrator arhiv cadastre catalog catalogue catastro contact contacto data datos"
    " desk dpo enquiries geo geodata geoinfo geoportal gis help helpdesk igeo info informacije"
    " informacioni inspire it javnost kabinet kancelarija kartografija katalog katastar kontakt"
    " listing mail metadata metapodaci office open opendata otvoreni pisarnica pitanja podaci"
    " podrska portal postmaster redakcija registar sekretar sekretarijat service servis sig"
    " sluzba sluzbe sport statistics statistika support team uprava urbanizam usluge webmaster"
    " zastita".split()
)


def role_mailbox(said: str) -> str:
    """Give a mail address when its name is plainly an office's; nothing for any other.

    >>> role_mailbox("mailto:GIS-info@kragujevac.ls.gov.rs"), role_mailbox("p.petrovic@grad.rs")
    ('gis-info@kragujevac.ls.gov.rs', '')
    """
    found = _MAIL.fullmatch(said.strip())
    if not found:
        return ""
    words = [word for word in re.split(r"[._+-]+|\d+", found[1].lower()) if word]
    return f"{found[1]}@{found[2]}".lower() if words and set(words) <= _ROLES else ""
