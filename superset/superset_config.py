"""Apache Superset's settings: everything that differs per machine comes from the environment.

| variable | what |
|---|---|
| SUPERSET_DB_DSN | Superset's own database, as a SQLAlchemy URL |
| SUPERSET_SECRET_KEY | signs sessions, encrypts the stored password of the warehouse |
| STATE_DIR | where the cache of query results is kept (below `superset/cache`) |
| SUPERSET_TLS | `1` behind a TLS proxy: secure cookies, forwarded headers are believed |
| SUPERSET_CACHE | `off` for tests: a warm cache would hide a broken chart |
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
if str(_HERE) not in sys.path:
    sys.path.append(str(_HERE))

from dutch import D3_DATES, D3_NUMBERS, serve_dutch_texts  # noqa: E402
from theme import CATEGORICAL, LOGO, TOKENS  # noqa: E402

APP_NAME = "Afsprakenmonitor"
APP_ICON = LOGO
FAVICONS = [{"href": LOGO}]
LOGO_TARGET_PATH = "/superset/dashboard/start/"
LOGO_TOOLTIP = "Naar de startpagina"

SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_DB_DSN"]
SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
# two workers with eight threads each must fit beside the warehouse's connections
SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": 4, "max_overflow": 4, "pool_pre_ping": True}
SQLALCHEMY_TRACK_MODIFICATIONS = False

_TLS = os.environ.get("SUPERSET_TLS") == "1"
_STATE = Path(os.environ["STATE_DIR"])

LANGUAGES = {"nl": {"flag": "nl", "name": "Nederlands"}}
BABEL_DEFAULT_LOCALE = "nl"
BABEL_DEFAULT_TIMEZONE = "Europe/Amsterdam"
D3_FORMAT = D3_NUMBERS
D3_TIME_FORMAT = D3_DATES
CURRENCIES = ["EUR"]
CSV_EXPORT = {"encoding": "utf-8-sig", "sep": ";", "decimal": ","}

THEME_DEFAULT = {"token": TOKENS, "algorithm": "default"}
THEME_DARK = None
ENABLE_UI_THEME_ADMINISTRATION = False
EXTRA_CATEGORICAL_COLOR_SCHEMES = [CATEGORICAL]

FEATURE_FLAGS = {
    "ALLOW_ADHOC_SUBQUERY": False,
    "ALERT_REPORTS": False,
    "CSS_TEMPLATES": False,
    "DASHBOARD_RBAC": False,
    "DASHBOARD_VIRTUALIZATION": False,
    "DRILL_BY": False,
    "EMBEDDABLE_CHARTS": False,
    "EMBEDDED_SUPERSET": False,
    "ENABLE_TEMPLATE_PROCESSING": False,
    "FILTERBAR_CLOSED_BY_DEFAULT": False,
    "TAGGING_SYSTEM": False,
    "THUMBNAILS": False,
}


def _file_cache(name: str, seconds: int) -> dict[str, Any]:
    if os.environ.get("SUPERSET_CACHE") == "off":
        return {"CACHE_TYPE": "NullCache", "CACHE_NO_NULL_WARNING": True}
    return {
        "CACHE_TYPE": "FileSystemCache",
        "CACHE_DIR": str(_STATE / "superset" / "cache" / name),
        "CACHE_DEFAULT_TIMEOUT": seconds,
        "CACHE_THRESHOLD": 20_000,
    }


# one folder for both workers; emptied by afspraken.show.warm after each publication
_DAY = 24 * 3600
CACHE_CONFIG = _file_cache("objects", _DAY)
DATA_CACHE_CONFIG = _file_cache("data", _DAY)

ROW_LIMIT = 10_000
SQL_MAX_ROW = 50_000
SUPERSET_WEBSERVER_TIMEOUT = 60
FAB_API_SWAGGER_UI = False
FAB_ADD_SECURITY_API = True
PUBLIC_ROLE_LIKE = None
AUTH_USER_REGISTRATION = False

WTF_CSRF_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _TLS
# browsers share cookies between ports of one host: Airflow's is called `session` too
SESSION_COOKIE_NAME = "afsprakenmonitor"
ENABLE_PROXY_FIX = _TLS
RATELIMIT_ENABLED = True
RATELIMIT_STORAGE_URI = "memory://"
RATELIMIT_APPLICATION = "100 per second"
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "10 per minute"

# nothing is asked of another host: no maps, fonts or measuring pixels from outside
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": _TLS,
    "strict_transport_security": _TLS,
}


def _limit_logins(app: Any) -> None:
    """Superset 6.1 puts AUTH_RATE_LIMIT on the page that shows the form, not on the one that
    takes the password; so it is put on the latter here."""
    from flask import request

    from superset import security_manager

    limited_paths = {"/login/", "/api/v1/security/login"}

    @app.before_request
    def _read_whole_login() -> None:
        # a refusal that leaves the body unread makes the next request on the connection hang
        if request.method == "POST" and request.path in limited_paths:
            request.get_data(cache=True)

    for rule in app.url_map.iter_rules():
        if rule.rule in limited_paths and "POST" in rule.methods:
            view = app.view_functions[rule.endpoint]
            limited = security_manager.limiter.limit(AUTH_RATE_LIMIT, methods=["POST"])(view)
            app.view_functions[rule.endpoint] = limited


def _open_on_the_start_page(app: Any) -> None:
    """Who reads only dashboards lands on the first one, not on Superset's own welcome page."""
    from flask import redirect, request
    from flask_login import current_user

    @app.before_request
    def _start() -> Any:
        if request.path in ("/", "/superset/welcome/") and current_user.is_authenticated:
            return redirect(LOGO_TARGET_PATH)
        return None


def FLASK_APP_MUTATOR(app: Any) -> None:  # noqa: N802 (Superset's name)
    serve_dutch_texts(app, _HERE / "translations" / "nl.json")
    _limit_logins(app)
    _open_on_the_start_page(app)
