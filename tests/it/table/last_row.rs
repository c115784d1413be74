//! Tables as Google Sheets writes them: without a last line end.

use super::table;
use crate::world::{World, portrait};
use photosyncd::testing::emulator::Settings;

/// Numbers of several lengths, as no rule of the table tells which of them is cut.
const TENANT: &str = "users:
  - { userPrincipalName: anna@contoso.com, employeeId: '998' }
  - { userPrincipalName: ben@contoso.com, employeeId: '1001' }
  - { userPrincipalName: cora@contoso.com, employeeId: '1002' }
  - { userPrincipalName: dora@contoso.com, employeeId: '100' }
";

#[test]
fn the_last_row_is_used_once_its_file_is_bound_to_whom_it_names() {
    let mut world = World::with(TENANT, Settings::default());
    world.set("mapping", "{ table: { file: people.csv, kind: user, property: employeeId } }");
    for number in 0..3 {
        world.write(&format!("{number}.jpg"), &portrait(number));
    }
    let rows = "file,value\n0.jpg,998\n1.jpg,1001";
    table(&world, rows);
    let cure = "end its last line with a line break, or put a column behind it that is not used";
    world.run(&["reconcile"]).exits(3).says(&["1 photo delivered", "may be cut off", cure]);
    world.run(&["explain", "1.jpg"]).exits(0).says(&["table, line 3 names this file", cure]);
    table(&world, &format!("{rows}\n2.jpg,1002\n"));
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    table(&world, &format!("{rows}\n2.jpg,1002"));
    for number in [7, 8] {
        world.write("2.jpg", &portrait(number));
        world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
        assert_eq!(world.user_photo("cora@contoso.com").unwrap().body, portrait(number));
    }
    // Cut, it names nobody it named before.
    table(&world, &format!("{rows}\n2.jpg,100"));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("2.jpg")["reason"], "table_row");
    // A column behind it, and it stands at once.
    table(&world, "file,value,note\n0.jpg,998,\n1.jpg,1001,\n2.jpg,1002,x");
    world.run(&["reconcile"]).exits(0);
}
