//! Tests of attachments on pages.

use std::io::{Cursor, Write as _};

use image::{DynamicImage, ImageFormat};
use portico_service::publishing::media::{self, NewMedia};
use portico_service::publishing::statuses::NewStatus;
use portico_service::publishing::{PostAuthor, submit_now};

use super::Browser;
use portico_testing::{TestUser, both_databases};

async fn upload(staff: &TestUser, words: &str) -> portico_domain::model::media::Media {
    let instance = &staff.app.instance;
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(30, 20).write_to(&mut bytes, ImageFormat::Png).unwrap();
    let mut file = instance.media.spool().unwrap();
    file.write_all(&bytes.into_inner()).unwrap();
    let new = NewMedia { file, thumbnail: None, description: Some(words.into()), focus: None };
    media::upload(instance, staff.account.id, new, true).await.unwrap()
}

both_databases! {
    async fn pictures_have_their_words_and_sensitive_ones_are_behind_a_fold(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        for (sensitive, folded) in [(false, false), (true, true)] {
            let made = upload(&alice, "A \"cat\" <here>").await;
            let preview = made.preview_key.clone().unwrap();
            let new = NewStatus { media: vec![made.id], sensitive, ..NewStatus::default() };
            let post = submit_now(&app.instance, PostAuthor::own(&alice.account), new).await.unwrap();
            let page = browser.get(&format!("/@alice/{}", post.status.id)).await;
            assert_eq!(page.status, 200);
            assert!(page.body.contains(&format!("src=\"/media/{preview}\"")), "{}", page.body);
            assert!(page.body.contains("width=\"30\" height=\"20\""));
            assert!(!page.body.contains("<here>"));
            assert_eq!(page.body.contains("Sensitive media"), folded);
        }
    }
}
