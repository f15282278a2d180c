import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** A table as the code sees it: camelCase fields, some of them kept as JSON text. */
export interface TableSpec<Row> {
  name: string;
  fields: readonly (keyof Row & string)[];
  json?: readonly (keyof Row & string)[];
}

const snake = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A prepared INSERT (or INSERT OR REPLACE) of whole rows. */
export function inserter<Row extends object>(
  database: DatabaseSync,
  table: TableSpec<Row>,
  verb: 'INSERT' | 'INSERT OR REPLACE' | 'INSERT OR IGNORE' = 'INSERT',
): (row: Row) => number {
  const columns = table.fields.map(snake).join(', ');
  const marks = table.fields.map(() => '?').join(', ');
  const statement = database.prepare(`${verb} INTO ${table.name} (${columns}) VALUES (${marks})`);
  const json = new Set<string>(table.json ?? []);
  return (row) => {
    const values = table.fields.map((field): SQLInputValue => {
      const value = row[field];
      if (json.has(field)) return JSON.stringify(value);
      return value === undefined ? null : (value as SQLInputValue);
    });
    return Number(statement.run(...values).changes);
  };
}

/** The columns of a table, aliased back to the fields' own names. */
export function columnsOf<Row>(table: TableSpec<Row>): string {
  return table.fields.map((field) => `${snake(field)} AS "${field}"`).join(', ');
}

export function rowFrom<Row>(table: TableSpec<Row>, raw: Record<string, unknown>): Row {
  const row: Record<string, unknown> = {};
  const json = new Set<string>(table.json ?? []);
  for (const field of table.fields) {
    const value = raw[field];
    row[field] = json.has(field) ? JSON.parse(String(value)) : (value ?? undefined);
  }
  return row as Row;
}

/** All rows that a prepared SELECT of `columnsOf(table)` finds. */
export function rowsOf<Row>(
  table: TableSpec<Row>,
  statement: StatementSync,
  ...values: SQLInputValue[]
): Row[] {
  return statement.all(...values).map((raw) => rowFrom(table, raw as Record<string, unknown>));
}
