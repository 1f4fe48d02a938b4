"""Handlers of departments and employees."""

from __future__ import annotations

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import by_code
from schemas.commands import master_data as commands
from schemas.operational import master_data as tables


@handles(commands.PutDepartment, permission="people.employee.write")
def put_department(ctx: Context, data: commands.PutDepartment) -> Outcome:
    """Make or change a department."""
    row = ctx.uow.one(tables.department, "code", data.code, lock=True)
    values = {"name": data.name, "group_name": data.group_name}
    if row is None:
        row = ctx.uow.insert(tables.department, code=data.code, **values)
    else:
        ctx.uow.update(tables.department, row, **values)
    return Outcome("receipt.changed", values={"what": "department", "code": data.code}, data={"id": row.id})


@handles(commands.PutEmployee, permission="people.employee.write")
def put_employee(ctx: Context, data: commands.PutEmployee) -> Outcome:
    """Make or change an employee; identity number and pay are sealed for their row."""
    department = by_code(ctx, tables.department, data.department, "department", field="department")
    row = ctx.uow.one(tables.employee, "code", data.code, lock=True)
    values = data.model_dump(exclude={"code", "department", "identity_number", "hourly_pay"})
    values["department_id"] = department.id if department else None
    row_id = row.id if row is not None else ctx.uow.next_id()
    for field in ("identity_number", "hourly_pay"):
        secret = getattr(data, field)
        if secret is not None:
            cell = {"table": "employee", "column": field, "row_id": row_id}
            values[f"{field}_cipher"] = ctx.keys.encrypt(str(secret), **cell)
    if row is None:
        ctx.uow.insert(tables.employee, id=row_id, code=data.code, **values, version=1)
    else:
        ctx.uow.update(tables.employee, row, **values)
    return Outcome("receipt.changed", values={"what": "employee", "code": data.code}, data={"id": row_id})
