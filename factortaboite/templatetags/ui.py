"""Icons, state pills, the links of the rail, company numbers. A template builtin: no `{% load %}` needed."""

from collections.abc import Sized

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from factortaboite.money import NBSP

register = template.Library()

# 16 × 16, drawn with strokes of the text's colour.
ICONS = {
    "arrow-right": '<path d="M3 8h10M9 4l4 4-4 4"/>',
    "bell": '<path d="M3.5 11.5c1-1 1.2-2.3 1.2-4.3a3.3 3.3 0 0 1 6.6 0c0 2 .2 3.3 1.2 4.3z'
    'M6.8 13.6a1.4 1.4 0 0 0 2.4 0"/>',
    "building": '<path d="M3 14V3h7v11M10 7h3v7M1.5 14h13M5.5 6h2M5.5 9h2"/>',
    "check": '<path d="M3 8.5l3.2 3.2L13 5"/>',
    "chevron-down": '<path d="M4 6l4 4 4-4"/>',
    "clock": '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>',
    "columns": '<path d="M2 2.5h3.4v11H2zM6.3 2.5h3.4v7H6.3zM10.6 2.5H14v9h-3.4z"/>',
    "cross": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "document": '<path d="M4 1.8h5.5L12.5 5v9.2H4zM9 2v3.5h3.5M6 8.5h4.5M6 11h4.5"/>',
    "download": '<path d="M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5h11"/>',
    "edit": '<path d="M3 13l.6-2.8L11 2.8 13.2 5l-7.4 7.4z"/>',
    "external": '<path d="M6.5 3.5h-4v10h10v-4M9.5 2.5h4v4M13.2 2.8L7.5 8.5"/>',
    "half": '<circle cx="8" cy="8" r="5.6"/>'
    '<path d="M8 2.4a5.6 5.6 0 0 1 0 11.2z" fill="currentColor" stroke="none"/>',
    "home": '<path d="M2 7.5L8 2.5l6 5M3.8 6.5v7h8.4v-7"/>',
    "info": '<circle cx="8" cy="8" r="6"/><path d="M8 7.2V11M8 4.8v.2"/>',
    "list": '<path d="M5.5 4H14M5.5 8H14M5.5 12H14M2.2 4v.1M2.2 8v.1M2.2 12v.1"/>',
    "lock": '<path d="M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2"/>',
    "mail": '<path d="M2 3.5h12v9H2zM2 4.5l6 4.5 6-4.5"/>',
    "plus": '<path d="M8 3v10M3 8h10"/>',
    "refresh": '<path d="M13 8a5 5 0 1 1-1.5-3.6M13 2.5V5.5h-3"/>',
    "search": '<circle cx="7" cy="7" r="4.5"/><path d="M10.5 10.5L14 14"/>',
    "table": '<path d="M2 3h12v10H2zM2 6.5h12M2 9.8h12M6 3v10"/>',
    "upload": '<path d="M8 11V3M4.5 6.5L8 3l3.5 3.5M2.5 13.5h11"/>',
    "user": '<circle cx="8" cy="5.2" r="2.7"/><path d="M2.8 14c.5-3 2.6-4.4 5.2-4.4s4.7 1.4 5.2 4.4"/>',
    "users": '<circle cx="6" cy="5.5" r="2.4"/><path d="M1.5 13.5c.4-2.7 2.2-4 4.5-4s4.1 1.3 4.5 4'
    'M10.5 3.3a2.4 2.4 0 0 1 0 4.5M12 9.8c1.4.5 2.3 1.8 2.6 3.7"/>',
    "warning": '<path d="M8 2.2L14.5 13.5h-13zM8 6.5V10M8 11.8v.2"/>',
}

STATE_ICONS = {"granted": "check", "partial": "half", "refused": "cross", "waiting": "clock"}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of ICONS. It stays silent for screen readers unless a `label` says what it means there."""
    drawing = mark_safe(ICONS[name])
    meaning = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" '
        'stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" {}>{}</svg>',
        meaning,
        drawing,
    )


@register.simple_tag
def pill(state: str, text: str) -> SafeString:
    """A state said three ways: colour, icon and words. `state` is granted, partial, refused or waiting."""
    return format_html('<span class="pill {}">{}{}</span>', state, icon(STATE_ICONS[state]), text)


@register.simple_tag(takes_context=True)
def page_address(context: template.Context, number: int, parameter: str = "") -> str:
    """The shown address with another page; `parameter` says which list's where a page has several."""
    query = context["request"].GET.copy()
    query[parameter or "page"] = str(number)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def rail_link(context: template.Context, url_name: str, icon_name: str, label: str, counter: str = "") -> SafeString:
    """A section of the product; the one that the shown page stands in is marked as current.

    `counter` is the name of the URL that answers how much there is to do: it is asked once the page stands,
    so as not to hold up what the page itself asks for.
    """
    url, path = reverse(url_name), context["request"].path
    is_current = path == url if url == "/" else path.startswith(url)
    return format_html(
        '<li><a href="{}"{}>{}{}{}</a></li>',
        url,
        mark_safe(' aria-current="page"') if is_current else "",
        icon(icon_name),
        label,
        format_html(
            '<span class="counter" hx-get="{}" hx-trigger="load delay:1s" hx-swap="outerHTML"></span>',
            reverse(counter),
        )
        if counter
        else "",
    )


@register.filter
def grouped(number: str) -> str:
    """A company's number as people read it out: « 000 100 017 », « DE 136 695 976 »; others as they are."""
    letters, digits = (number[:2], number[2:]) if number[:2].isalpha() else ("", number)
    if len(digits) != 9 or not digits.isdigit():
        return number
    return NBSP.join(filter(None, (letters, digits[:3], digits[3:6], digits[6:])))


@register.filter
def pluralize(count: int | Sized, endings: str = ",s") -> str:
    """Django's filter, the French way: zero and one are singular. `endings` is « singular,plural »."""
    singular, plural = endings.split(",")
    number = len(count) if isinstance(count, Sized) else count
    return plural if abs(number) >= 2 else singular
