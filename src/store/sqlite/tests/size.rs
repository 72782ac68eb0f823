//! Ten thousand sites: what the first frame waits for, measured and printed.

use super::*;
use std::time::Instant;

#[test]
#[expect(clippy::disallowed_methods, reason = "a measurement, printed and not relied on")]
fn the_first_frame_reads_an_index() {
    let (_directory, path) = place();
    let mut store = open(&path);
    let healths = [Health::Ok, Health::Ok, Health::Ok, Health::Warn, Health::Fail, Health::Old, Health::Unkn];
    let rows = (0..10_000).map(|n| line(&format!("site{n:05}.example.org"), healths[n % healths.len()])).collect();
    store.record(&Record { rows, ..Record::default() }).expect("recorded");
    close(store);

    let opening = Instant::now();
    let mut store = open(&path);
    let opened = opening.elapsed();
    let framing = Instant::now();
    let page = store.rows_page(0, 50).expect("lines");
    let counts = store.counts().expect("counts");
    let framed = framing.elapsed();
    let reading = Instant::now();
    let all = store.rows().expect("lines").items;
    println!("10,000 sites: open {opened:?}, first page and counts {framed:?}, all lines {:?}", reading.elapsed());

    assert_eq!((page.items.len(), counts.total(), all.len()), (50, 10_000, 10_000));
    assert!(page.items.iter().all(|row| row.health == Health::Fail));
    let plan = |sql: &str| -> String {
        let mut statement = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a plan");
        let steps = statement.query_map([], |row| row.get::<_, String>(3)).expect("steps");
        steps.map(|step| step.expect("a step")).collect::<Vec<_>>().join("; ")
    };
    let counting = plan("SELECT health, count(*) FROM verdict INDEXED BY verdict_health GROUP BY health");
    assert_eq!(counting, "SCAN verdict USING COVERING INDEX verdict_health", "no line is read to count");
    let paging = plan("SELECT site, line FROM verdict ORDER BY health, risk, site LIMIT 50 OFFSET 0");
    assert_eq!(paging, "SCAN verdict USING INDEX verdict_risk", "nothing is sorted for a page");
}
