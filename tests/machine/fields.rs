//! What a screen is told of fields: what is kept of all, and what a site tells when it is asked.

use super::{Fleet, event, until};
use fusebox::backend::Polling;
use fusebox::model::{Health, SeenBy, SiteName, Target};
use fusebox::protocol::{Command, Event};

#[tokio::test(flavor = "multi_thread")]
async fn a_site_tells_its_fields_and_the_list_has_them_from_then_on() {
    let fleet = Fleet::start("agency").await;
    let handle = fleet.machinery("us", Polling::Continuous);
    let mut link = handle.link().await;
    let picture = until(&mut link, |picture| picture.counts.of(Health::Ok) > 40).await;
    let well = picture.rows.iter().find(|row| row.health == Health::Ok).expect("a site").name.clone();
    let gone = picture.rows.iter().find(|row| row.cause == Some(fusebox::model::Cause::Evicted));
    let gone = gone.expect("a site whose approval is gone").name.clone();

    let send = |command| link.commands.send(command);
    send(Command::Fields).await.expect("it lives");
    let Event::Fields(board) = event(&mut link).await else { panic!("another event") };
    assert_eq!(board.rows.len(), picture.rows.len());
    let row = board.row(&well).expect("its line");
    assert!(row.mapped.as_ref().is_some_and(|mapped| mapped.value > 0), "the last look told it: {row:?}");
    assert_eq!((row.read.as_ref(), row.stored.is_some()), (None, true));

    for (site, by_itself) in [(&well, true), (&gone, false)] {
        link.commands.send(Command::KeptFields(site.clone())).await.expect("it lives");
        assert_eq!(event(&mut link).await, Event::KeptFields(site.clone(), None));
        link.commands.send(Command::ReadFields(site.clone())).await.expect("it lives");
        let Event::ReadFields(of, Ok(read)) = event(&mut link).await else { panic!("another event") };
        assert_eq!((&of, read.undescribed.is_none()), (site, by_itself));
        assert_eq!(read.fields.by == SeenBy::Site, by_itself, "{:?}", read.fields.by);
        link.commands.send(Command::KeptFields(site.clone())).await.expect("it lives");
        let Event::KeptFields(_, kept) = event(&mut link).await else { panic!("another event") };
        assert_eq!(kept.map(|kept| kept.mapping), Some(read.fields.mapping.clone()));
    }
    link.commands.send(Command::Fields).await.expect("it lives");
    let Event::Fields(board) = event(&mut link).await else { panic!("another event") };
    let read = board.row(&well).and_then(|row| row.read.as_ref());
    assert!(read.is_some_and(|read| read.missing.is_empty() && read.mapped > 0), "{read:?}");

    // Nobody waits for ever for what is not there, and a look tells how it ended.
    let stranger = SiteName::new("stranger");
    for (site, told) in [(&well, Ok("answered")), (&stranger, Err("the configuration does not name it"))] {
        let targets = vec![Target::Site(site.clone())];
        link.commands.send(Command::Look(targets.clone())).await.expect("it lives");
        assert_eq!(event(&mut link).await, Event::Looked(targets, told.map(Into::into).map_err(Into::into)));
    }
    link.commands.send(Command::ReadFields(stranger.clone())).await.expect("it lives");
    let Event::ReadFields(of, Err(untold)) = event(&mut link).await else { panic!("another event") };
    assert_eq!(of, stranger);
    assert!(untold.why.as_str().contains("does not name it") && !untold.advice.as_str().is_empty(), "{untold:?}");
    handle.shutdown().await;
}
