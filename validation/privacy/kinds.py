"""Kinds of personal data by name, and what a message says that there is."""

from collections.abc import Mapping

SAID: Mapping[str, str] = {
    "jmbg": "unique personal numbers (JMBG)",
    "jmbg-possible": "codes that may be personal numbers (JMBG)",
    "jmbg-short": "personal numbers that lost their first zero",
    "id-card": "numbers of identity cards or the like",
    "passport": "numbers of passports",
    "phone": "mobile phone numbers",
    "landline": "landline phone numbers",
    "email": "mail addresses of persons",
    "account": "bank accounts",
    "name": "names of people",
    "official": "names of officials",
    "address": "addresses of people",
    "birth-date": "dates of birth",
    "small-cells": "counts of so few people that they can be told",
}
