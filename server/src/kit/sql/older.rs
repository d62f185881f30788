//! Databases in the state of earlier versions, and their contents, for tests.

use super::{Database, exec, migrate, rows};

/// Returns the database of the version with `steps`, with a row in each of its tables. `inserts` have table names and statements, which name
/// their columns, because later steps add some.
pub fn older(steps: &[&[&str]], inserts: &[(&str, &str)]) -> Database {
    let sql = Database::new();
    migrate(&sql, steps).unwrap();
    for (_, insert) in inserts.iter().filter(|(table, _)| tables(&sql).iter().any(|known| known == table)) {
        exec(&sql, insert, &[]).unwrap();
    }
    sql
}

pub fn tables(sql: &Database) -> Vec<String> {
    let query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name";
    rows(sql, query, &[], |row| row.text(0)).unwrap()
}

/// Returns all rows of all tables as SQL literals.
pub fn contents(sql: &Database) -> Vec<String> {
    let rows_of = |table: String| {
        let query = "SELECT group_concat('quote(' || name || ')', ' || '', '' || ') FROM pragma_table_info(?)";
        let columns = rows(sql, query, &[table.as_str().into()], |row| row.text(0)).unwrap().concat();
        rows(sql, &format!("SELECT '{table}: ' || {columns} FROM {table} ORDER BY 1"), &[], |row| row.text(0)).unwrap()
    };
    tables(sql).into_iter().flat_map(rows_of).collect()
}
