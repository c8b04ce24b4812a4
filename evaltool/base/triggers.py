"""SQL for what must never happen, used by migrations (reversible operations)."""

from collections.abc import Sequence

from django.db import migrations


def append_only(table: str) -> migrations.RunSQL:
    """Refuse UPDATE and DELETE on `table`."""
    name = f"{table}_append_only"
    return migrations.RunSQL(
        sql=f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rows of {table} are never changed or deleted' USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {name}();
        """,
        reverse_sql=f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();",
    )


def frozen_once(table: str, when: str, columns: Sequence[str], *, may_delete: bool = False) -> migrations.RunSQL:
    """Refuse changes of `columns` (and deletes, unless allowed) on rows of `table` where SQL `when` over OLD holds."""
    name = f"{table}_frozen"
    refuse = f"RAISE EXCEPTION 'this row of {table} is frozen' USING ERRCODE = 'restrict_violation';"
    on_delete = "RETURN OLD;" if may_delete else refuse
    changed = " OR ".join(f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in columns)
    return migrations.RunSQL(
        sql=f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT ({when}) THEN
                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                RETURN NEW;
            END IF;
            IF TG_OP = 'DELETE' THEN
                {on_delete}
            END IF;
            IF {changed} THEN
                {refuse}
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {name}();
        """,
        reverse_sql=f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();",
    )


def checked(table: str, name: str, condition: str, message: str) -> migrations.RunSQL:
    """Refuse an INSERT into `table` unless SQL `condition` (over NEW) holds: for rules that span tables."""
    full = f"{table}_{name}"
    return migrations.RunSQL(
        sql=f"""
        CREATE FUNCTION {full}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT ({condition}) THEN
                RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation', CONSTRAINT = '{full}';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER {full} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {full}();
        """,
        reverse_sql=f"DROP TRIGGER {full} ON {table}; DROP FUNCTION {full}();",
    )
