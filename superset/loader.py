"""Makes Superset what the files in this folder say: database, roles, users, dashboards.

    .venv-superset/bin/python superset/loader.py
        --migrate   bring Superset's own database up to date first
        --force     load although nothing changed
        --write D   only write what Superset would get to folder D

Everything happens in one process, for every start of Superset costs seconds; when neither
Superset's version nor a file changed, nothing is started at all. What is no longer in the files
is removed from Superset. Any failure ends with a traceback and exit code 1.

Environment: SUPERSET_CONFIG_PATH (superset/superset_config.py), SUPERSET_DB_DSN,
SUPERSET_SECRET_KEY, STATE_DIR, MONITOR_READER_DSN (URL of the warehouse's reader),
SUPERSET_ADMIN_PASSWORD, SUPERSET_MONITOR_PASSWORD.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ADMIN = "admin"
OFFICER = "monitor"
START_PAGE = "start"


def required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        sys.exit(
            f"{name} is not set. Remedy: `make up` sets it; see the top of superset/loader.py."
        )
    return value


def fingerprint(files: dict[str, str], roles: dict[str, Any]) -> str:
    """Changes when anything does that a load would write; holds no secret in readable form."""
    secrets = [
        required(name)
        for name in ("MONITOR_READER_DSN", "SUPERSET_ADMIN_PASSWORD", "SUPERSET_MONITOR_PASSWORD")
    ]
    code = [path.read_text("utf-8") for path in sorted(HERE.glob("*.py"))]
    parts = [
        version("apache-superset"),
        files,
        roles,
        secrets,
        code,
        required("SUPERSET_SECRET_KEY"),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def loaded_fingerprint() -> str | None:
    """The fingerprint of the last load that came to its end, kept in Superset's own database."""
    import psycopg2

    dsn = required("SUPERSET_DB_DSN").replace("postgresql+psycopg2://", "postgresql://")
    try:
        with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
            cursor.execute("select fingerprint from monitor_load")
            row = cursor.fetchone()
            return row[0] if row else None
    except psycopg2.errors.UndefinedTable:
        return None


def remember(mark: str) -> None:
    from sqlalchemy import text

    from superset import db

    db.session.execute(text("create table if not exists monitor_load (fingerprint text not null)"))
    db.session.execute(text("delete from monitor_load"))
    db.session.execute(text("insert into monitor_load values (:mark)"), {"mark": mark})
    db.session.commit()


def migrate() -> None:
    """Superset's own tables, permissions and built-in roles."""
    from flask_migrate import upgrade

    import superset
    from superset import appbuilder, db, security_manager

    # flask_migrate ends the process by sys.exit(1) when a migration fails
    upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    db.session.commit()


def set_user(username: str, password: str, first: str, last: str, role: str) -> Any:
    from superset import db, security_manager

    roles = [security_manager.find_role(role)]
    user = security_manager.find_user(username=username)
    if user is None:
        email = f"{username}@voorbeeld.invalid"
        user = security_manager.add_user(username, first, last, email, roles, password=password)
        if not user:
            raise RuntimeError(f"The user {username} could not be made; see the log above.")
    from werkzeug.security import check_password_hash

    if not check_password_hash(user.password, password):
        security_manager.reset_password(user.id, password)
    user.roles = roles
    user.first_name, user.last_name, user.active = first, last, True
    db.session.commit()
    return user


def import_assets(files: dict[str, str], password: str) -> None:
    from assets import database_path
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    ImportAssetsCommand(files, passwords={database_path(): password}).run()


def prune(files: dict[str, str]) -> list[str]:
    """Remove the dashboards, charts, datasets and databases that are in no file any more."""
    import yaml
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.core import Database
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    from superset import db

    wanted = {yaml.safe_load(text).get("uuid") for text in files.values()}
    removed = []
    for model in (Dashboard, Slice, SqlaTable, Database):
        for thing in db.session.query(model).all():
            if str(thing.uuid) not in wanted:
                removed.append(f"{model.__name__} {thing}")
                db.session.delete(thing)
        db.session.flush()
    db.session.commit()
    return removed


def set_roles(roles: dict[str, Any]) -> None:
    """Give each role exactly the permissions of roles.yml, and the datasets it may see."""
    from superset.connectors.sqla.models import SqlaTable

    from superset import db, security_manager

    datasets = {f"{d.schema}.{d.table_name}": d for d in db.session.query(SqlaTable).all()}
    for name, role in roles.items():
        permissions = []
        for view, verbs in role["permissions"].items():
            for verb in verbs:
                permission = security_manager.find_permission_view_menu(verb, view)
                if permission is None:
                    raise RuntimeError(f"roles.yml: Superset has no permission {verb} on {view}")
                permissions.append(permission)
        seen = datasets if role["datasets"] == "all" else role["datasets"]
        for table in seen:
            permissions.append(
                security_manager.add_permission_view_menu("datasource_access", datasets[table].perm)
            )
        known = security_manager.add_role(name)
        known.permissions = permissions
    db.session.commit()


def set_start_page(user: Any) -> None:
    from superset.models.dashboard import Dashboard
    from superset.models.user_attributes import UserAttribute

    from superset import db

    start = db.session.query(Dashboard).filter_by(slug=START_PAGE).one()
    attribute = db.session.query(UserAttribute).filter_by(user_id=user.id).first()
    if attribute is None:
        attribute = UserAttribute(user_id=user.id)
        db.session.add(attribute)
    attribute.welcome_dashboard_id = start.id
    db.session.commit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--migrate", action="store_true", help="bring Superset's database up to date"
    )
    parser.add_argument("--force", action="store_true", help="load although nothing changed")
    parser.add_argument("--write", type=Path, metavar="DIR", help="only write the assets to DIR")
    options = parser.parse_args()

    import yaml
    from assets import bundle, password, write
    from specs import SpecError, problems, read_specs

    try:
        specs = read_specs(ROOT)
        wrong = problems(specs, ROOT)
    except SpecError as error:
        sys.exit(str(error))
    if wrong:
        sys.exit("\n".join(wrong))
    reader_dsn = required("MONITOR_READER_DSN")
    files = bundle(specs, reader_dsn, (HERE / "dashboards" / "dashboard.css").read_text("utf-8"))
    if options.write:
        write(files, options.write)
        return
    roles = yaml.safe_load((HERE / "roles.yml").read_text("utf-8"))
    mark = fingerprint(files, roles)
    if not options.force and loaded_fingerprint() == mark:
        print("Superset has these dashboards already.")
        return

    from superset.app import create_app

    app = create_app()
    with app.app_context():
        if options.migrate:
            migrate()
        from superset.utils.core import override_user

        admin = set_user(ADMIN, required("SUPERSET_ADMIN_PASSWORD"), "Beheer", "Monitor", "Admin")
        with override_user(admin):
            import_assets(files, password(reader_dsn))
            removed = prune(files)
        set_roles(roles)
        officer = set_user(
            OFFICER, required("SUPERSET_MONITOR_PASSWORD"), "Monitor", "Wonen", "monitor-lezer"
        )
        set_start_page(officer)
        remember(mark)
    for thing in removed:
        print(f"removed: {thing}")
    print(f"Loaded {len(specs.dashboards)} dashboards and {len(specs.datasets)} datasets.")


if __name__ == "__main__":
    main()
