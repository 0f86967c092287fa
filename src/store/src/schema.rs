//! The tables, as diesel sees them. Private to the store, so that no other module can name a table.

use diesel::query_source::TableNotEqual;
use diesel::{joinable, table};

table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

table! {
    hosts (domain) {
        domain -> Text,
        tier -> Text,
        note -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        id -> BigInt,
        public_note -> Text,
        reject_media -> Bool,
        reject_reports -> Bool,
        obfuscate -> Bool,
    }
}

table! {
    agreements (id) {
        id -> BigInt,
        domain -> Text,
        uri -> Text,
        version -> BigInt,
        digest -> Text,
        document -> Text,
        by_us -> Bool,
        two_sided -> Bool,
        state -> Text,
        our_proof -> Nullable<Text>,
        their_proof -> Nullable<Text>,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

table! {
    agreement_events (id) {
        id -> BigInt,
        domain -> Text,
        uri -> Text,
        version -> BigInt,
        digest -> Text,
        what -> Text,
        by_us -> Bool,
        actor -> Text,
        note -> Text,
        created_at -> BigInt,
    }
}

table! {
    pacts (domain) {
        domain -> Text,
        agreement_id -> BigInt,
        starts_at -> Nullable<BigInt>,
        ends_at -> Nullable<BigInt>,
        stopped -> Bool,
        gives -> BigInt,
        takes -> BigInt,
        takes_partners -> Bool,
        takes_public -> Bool,
        takes_followers -> Bool,
        takes_direct -> Bool,
        takes_boosts -> Bool,
        follows_given -> Text,
        follows_taken -> Text,
        changed_at -> BigInt,
    }
}

table! {
    host_health (domain) {
        domain -> Text,
        failures -> BigInt,
        first_failure_at -> Nullable<BigInt>,
        last_failure_at -> Nullable<BigInt>,
        last_success_at -> Nullable<BigInt>,
        held_until -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
    }
}

table! {
    accounts (id) {
        id -> BigInt,
        username -> Text,
        domain -> Nullable<Text>,
        uri -> Text,
        url -> Nullable<Text>,
        kind -> Text,
        is_instance_actor -> Bool,
        display_name -> Text,
        note -> Text,
        note_source -> Nullable<Text>,
        fields -> Text,
        avatar_url -> Nullable<Text>,
        header_url -> Nullable<Text>,
        locked -> Bool,
        discoverable -> Nullable<Bool>,
        indexable -> Bool,
        hide_collections -> Bool,
        inbox_url -> Text,
        shared_inbox_url -> Nullable<Text>,
        outbox_url -> Nullable<Text>,
        followers_url -> Nullable<Text>,
        following_url -> Nullable<Text>,
        featured_url -> Nullable<Text>,
        created_at -> BigInt,
        fetched_at -> Nullable<BigInt>,
        suspended_at -> Nullable<BigInt>,
        emojis -> Text,
        suspended_by_origin -> Bool,
        also_known_as -> Text,
        moved_to -> Nullable<Text>,
        attribution_domains -> Text,
    }
}

table! {
    /// The columns of `accounts` that only counters, moderation and moves write. [`accounts`] leaves them out,
    /// because tables of more than 32 columns cost diesel much longer to compile. A query of [`accounts`] can
    /// select, filter and order by them; an update of them is an update of this table.
    ///
    /// A new column that is not inserted, because it has a default, belongs here and in `columns_of_accounts`;
    /// [`accounts`] has room for one more column, [`statuses`] too.
    #[sql_name = "accounts"]
    account_states (id) {
        id -> BigInt,
        statuses_count -> BigInt,
        followers_count -> BigInt,
        following_count -> BigInt,
        last_status_at -> Nullable<BigInt>,
        silenced_at -> Nullable<BigInt>,
        sensitized_at -> Nullable<BigInt>,
        moved_at -> Nullable<BigInt>,
    }
}

/// Declares that queries of `accounts` have these columns of `account_states`.
macro_rules! columns_of_accounts {
    ($($column:ident),+) => {
        impl diesel::query_source::AppearsInFromClause<account_states::table> for accounts::table {
            type Count = diesel::query_source::Once;
        }

        $(impl diesel::SelectableExpression<accounts::table> for account_states::$column {})+
    };
}

columns_of_accounts!(
    statuses_count,
    followers_count,
    following_count,
    last_status_at,
    silenced_at,
    sensitized_at,
    moved_at
);

table! {
    keys (uri) {
        uri -> Text,
        account_id -> BigInt,
        public_pem -> Text,
        private_pem -> Nullable<Text>,
        created_at -> BigInt,
        purpose -> Text,
        expires_at -> Nullable<BigInt>,
    }
}

table! {
    signature_forms (host) {
        host -> Text,
        newer_until -> BigInt,
    }
}

table! {
    users (id) {
        id -> BigInt,
        account_id -> BigInt,
        email -> Text,
        password_hash -> Nullable<Text>,
        role -> Text,
        disabled_at -> Nullable<BigInt>,
        created_at -> BigInt,
        last_sign_in_at -> Nullable<BigInt>,
        default_reach -> Nullable<Text>,
        default_sensitive -> Bool,
        default_language -> Nullable<Text>,
        default_quotable -> Text,
    }
}

table! {
    severances (id) {
        id -> BigInt,
        account_id -> BigInt,
        cause -> Text,
        target -> Text,
        followers_count -> BigInt,
        following_count -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    translations (status_id, language) {
        status_id -> BigInt,
        language -> Text,
        digest -> Text,
        body -> Text,
        created_at -> BigInt,
    }
}

table! {
    sessions (token_hash) {
        token_hash -> Text,
        user_id -> BigInt,
        csrf -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    oauth_apps (id) {
        id -> BigInt,
        client_id -> Text,
        secret_hash -> Text,
        name -> Text,
        website -> Nullable<Text>,
        redirect_uris -> Text,
        scopes -> Text,
        created_at -> BigInt,
    }
}

table! {
    oauth_codes (code_hash) {
        code_hash -> Text,
        app_id -> BigInt,
        user_id -> BigInt,
        redirect_uri -> Text,
        scopes -> Text,
        challenge -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

table! {
    oauth_tokens (id) {
        id -> BigInt,
        token_hash -> Text,
        app_id -> Nullable<BigInt>,
        user_id -> Nullable<BigInt>,
        code_hash -> Nullable<Text>,
        scopes -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    statuses (id) {
        id -> BigInt,
        uri -> Text,
        url -> Nullable<Text>,
        account_id -> BigInt,
        local -> Bool,
        in_reply_to_id -> Nullable<BigInt>,
        in_reply_to_uri -> Nullable<Text>,
        in_reply_to_account_id -> Nullable<BigInt>,
        reblog_of -> Nullable<BigInt>,
        conversation_id -> BigInt,
        content -> Text,
        source -> Nullable<Text>,
        spoiler_text -> Text,
        sensitive -> Bool,
        language -> Nullable<Text>,
        reach -> Text,
        listed -> Bool,
        app_id -> Nullable<BigInt>,
        created_at -> BigInt,
        edited_at -> Nullable<BigInt>,
        pinned_at -> Nullable<BigInt>,
        replies_count -> BigInt,
        reblogs_count -> BigInt,
        favourites_count -> BigInt,
        emojis -> Text,
        quote_automatic -> Text,
        quote_manual -> Text,
        partner -> Nullable<Text>,
        partner_alone -> Bool,
        addressed -> Bool,
        group_id -> Nullable<BigInt>,
    }
}

table! {
    /// The columns of `statuses` that are neither inserted nor read with the rest, left out of [`statuses`]
    /// for the same reason as [`account_states`] of `accounts`.
    #[sql_name = "statuses"]
    status_origins (id) {
        id -> BigInt,
        account_id -> BigInt,
        content_type -> Text,
        circle_id -> Nullable<BigInt>,
    }
}

table! {
    status_edits (id) {
        id -> BigInt,
        status_id -> BigInt,
        content -> Text,
        spoiler_text -> Text,
        sensitive -> Bool,
        created_at -> BigInt,
        media -> Text,
        poll_options -> Text,
    }
}

table! {
    mentions (status_id, account_id) {
        status_id -> BigInt,
        account_id -> BigInt,
        silent -> Bool,
    }
}

table! {
    circles (id) {
        id -> BigInt,
        account_id -> BigInt,
        title -> Text,
        created_at -> BigInt,
    }
}

table! {
    circle_members (circle_id, account_id) {
        circle_id -> BigInt,
        account_id -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    askable (account_id) {
        account_id -> BigInt,
        askers -> Text,
    }
}

table! {
    askings (status_id, account_id) {
        status_id -> BigInt,
        account_id -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    tags (id) {
        id -> BigInt,
        name -> Text,
        trendable -> Nullable<Bool>,
    }
}

table! {
    status_tags (tag_id, status_id) {
        tag_id -> BigInt,
        status_id -> BigInt,
    }
}

table! {
    tombstones (uri) {
        uri -> Text,
        actor_uri -> Text,
        created_at -> BigInt,
    }
}

table! {
    follows (id) {
        id -> BigInt,
        account_id -> BigInt,
        target_id -> BigInt,
        uri -> Text,
        accepted -> Bool,
        show_reblogs -> Bool,
        notify -> Bool,
        created_at -> BigInt,
        languages -> Nullable<Text>,
    }
}

table! {
    groups (account_id) {
        account_id -> BigInt,
        join_policy -> Text,
        visibility -> Text,
        rule_attribute -> Nullable<Text>,
        rule_value -> Nullable<Text>,
        room -> Bool,
        created_by -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

table! {
    group_roles (group_id, account_id) {
        group_id -> BigInt,
        account_id -> BigInt,
        role -> Text,
    }
}

table! {
    group_invitations (group_id, account_id) {
        group_id -> BigInt,
        account_id -> BigInt,
        by_id -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    group_ruled (group_id, account_id) {
        group_id -> BigInt,
        account_id -> BigInt,
    }
}

table! {
    group_pins (group_id, status_id) {
        group_id -> BigInt,
        status_id -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    group_guests (group_id, account_id) {
        group_id -> BigInt,
        account_id -> BigInt,
        sponsor_id -> BigInt,
        until -> BigInt,
        accepted_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

table! {
    blocks (id) {
        id -> BigInt,
        account_id -> BigInt,
        target_id -> BigInt,
        uri -> Text,
        created_at -> BigInt,
    }
}

table! {
    mutes (id) {
        id -> BigInt,
        account_id -> BigInt,
        target_id -> BigInt,
        hide_notifications -> Bool,
        expires_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

table! {
    favourites (id) {
        id -> BigInt,
        account_id -> BigInt,
        status_id -> BigInt,
        uri -> Nullable<Text>,
        created_at -> BigInt,
    }
}

table! {
    bookmarks (id) {
        id -> BigInt,
        account_id -> BigInt,
        status_id -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    notifications (id) {
        id -> BigInt,
        account_id -> BigInt,
        kind -> Text,
        from_id -> BigInt,
        status_id -> Nullable<BigInt>,
        created_at -> BigInt,
        filtered -> Bool,
        report_id -> Nullable<BigInt>,
        warning_id -> Nullable<BigInt>,
        severance_id -> Nullable<BigInt>,
    }
}

table! {
    home_timeline (account_id, status_id) {
        account_id -> BigInt,
        status_id -> BigInt,
        author_id -> BigInt,
    }
}

table! {
    markers (account_id, timeline) {
        account_id -> BigInt,
        timeline -> Text,
        last_read_id -> Text,
        version -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    idempotency_keys (account_id, key) {
        account_id -> BigInt,
        key -> Text,
        status_id -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    jobs (id) {
        id -> BigInt,
        queue -> Text,
        payload -> Text,
        run_at -> BigInt,
        attempts -> BigInt,
        claimed_until -> BigInt,
        dead -> Bool,
        last_error -> Nullable<Text>,
        created_at -> BigInt,
    }
}

table! {
    inbox (id) {
        id -> BigInt,
        activity_uri -> Text,
        actor_uri -> Text,
        host -> Text,
        recipient_id -> Nullable<BigInt>,
        body -> Text,
        received_at -> BigInt,
        run_at -> BigInt,
        attempts -> BigInt,
        claimed_until -> BigInt,
        state -> Text,
        last_error -> Nullable<Text>,
    }
}

table! {
    activities (id) {
        id -> BigInt,
        uri -> Text,
        account_id -> BigInt,
        body -> Text,
        created_at -> BigInt,
        brings -> Nullable<Text>,
    }
}

table! {
    deliveries (id) {
        id -> BigInt,
        activity_id -> BigInt,
        inbox_url -> Text,
        host -> Text,
        run_at -> BigInt,
        attempts -> BigInt,
        claimed_until -> BigInt,
        dead -> Bool,
        last_error -> Nullable<Text>,
        created_at -> BigInt,
    }
}

table! {
    delivered (object_uri, inbox_url) {
        object_uri -> Text,
        inbox_url -> Text,
        host -> Text,
        created_at -> BigInt,
        taken_at -> Nullable<BigInt>,
        refusal -> Nullable<Text>,
        rule -> Nullable<Text>,
        recalled_at -> Nullable<BigInt>,
    }
}

table! {
    withheld (object_uri, host) {
        object_uri -> Text,
        host -> Text,
        rule -> Text,
        created_at -> BigInt,
    }
}

table! {
    lists (id) {
        id -> BigInt,
        account_id -> BigInt,
        title -> Text,
        replies_policy -> Text,
        exclusive -> Bool,
        created_at -> BigInt,
    }
}

table! {
    list_members (id) {
        id -> BigInt,
        list_id -> BigInt,
        account_id -> BigInt,
    }
}

table! {
    filters (id) {
        id -> BigInt,
        account_id -> BigInt,
        title -> Text,
        contexts -> Text,
        action -> Text,
        expires_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

table! {
    filter_keywords (id) {
        id -> BigInt,
        filter_id -> BigInt,
        keyword -> Text,
        whole_word -> Bool,
    }
}

table! {
    filter_statuses (id) {
        id -> BigInt,
        filter_id -> BigInt,
        status_id -> BigInt,
    }
}

table! {
    tag_follows (id) {
        id -> BigInt,
        account_id -> BigInt,
        tag_id -> BigInt,
    }
}

table! {
    featured_tags (id) {
        id -> BigInt,
        account_id -> BigInt,
        tag_id -> BigInt,
    }
}

table! {
    account_notes (account_id, target_id) {
        account_id -> BigInt,
        target_id -> BigInt,
        comment -> Text,
    }
}

table! {
    endorsements (id) {
        id -> BigInt,
        account_id -> BigInt,
        target_id -> BigInt,
    }
}

table! {
    shunned_domains (id) {
        id -> BigInt,
        account_id -> BigInt,
        domain -> Text,
    }
}

table! {
    dismissed_suggestions (account_id, target_id) {
        account_id -> BigInt,
        target_id -> BigInt,
    }
}

table! {
    media_attachments (id) {
        id -> BigInt,
        account_id -> BigInt,
        status_id -> Nullable<BigInt>,
        position -> BigInt,
        loose_since -> BigInt,
        kind -> Text,
        state -> Text,
        mime -> Text,
        file_key -> Nullable<Text>,
        preview_key -> Nullable<Text>,
        remote_url -> Nullable<Text>,
        size -> Nullable<BigInt>,
        width -> Nullable<BigInt>,
        height -> Nullable<BigInt>,
        preview_width -> Nullable<BigInt>,
        preview_height -> Nullable<BigInt>,
        duration -> Nullable<BigInt>,
        focus_x -> Nullable<BigInt>,
        focus_y -> Nullable<BigInt>,
        blurhash -> Nullable<Text>,
        description -> Nullable<Text>,
        created_at -> BigInt,
        codec -> Nullable<Text>,
        bitrate -> Nullable<BigInt>,
        sample_rate -> Nullable<BigInt>,
        channels -> Nullable<BigInt>,
    }
}

table! {
    media_trash (file_key) {
        file_key -> Text,
        created_at -> BigInt,
    }
}

table! {
    polls (status_id) {
        status_id -> BigInt,
        multiple -> Bool,
        hide_totals -> Bool,
        expires_at -> Nullable<BigInt>,
        voters_count -> Nullable<BigInt>,
        ended -> Bool,
        telling -> Bool,
    }
}

table! {
    poll_options (status_id, position) {
        status_id -> BigInt,
        position -> BigInt,
        title -> Text,
        votes_count -> BigInt,
    }
}

table! {
    poll_votes (status_id, account_id, position) {
        status_id -> BigInt,
        account_id -> BigInt,
        position -> BigInt,
    }
}

table! {
    notice_policies (account_id) {
        account_id -> BigInt,
        not_following -> Text,
        not_followers -> Text,
        new_accounts -> Text,
        private_mentions -> Text,
        limited_accounts -> Text,
        bots -> Text,
    }
}

table! {
    contexts (status_id) {
        status_id -> BigInt,
        context_uri -> Nullable<Text>,
        replies_uri -> Nullable<Text>,
        looked_at -> BigInt,
        settled_at -> BigInt,
        found -> BigInt,
    }
}

table! {
    thread_mutes (account_id, conversation_id) {
        account_id -> BigInt,
        conversation_id -> BigInt,
    }
}

table! {
    notice_permissions (account_id, from_id) {
        account_id -> BigInt,
        from_id -> BigInt,
    }
}

table! {
    notice_requests (id) {
        id -> BigInt,
        account_id -> BigInt,
        from_id -> BigInt,
        last_status_id -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    conversations (id) {
        id -> BigInt,
        account_id -> BigInt,
        thread_id -> BigInt,
        last_status_id -> BigInt,
        unread -> Bool,
    }
}

table! {
    push_subscriptions (id) {
        id -> BigInt,
        token_id -> BigInt,
        account_id -> BigInt,
        endpoint -> Text,
        p256dh -> Text,
        auth -> Text,
        standard -> Bool,
        alerts -> Text,
        policy -> Text,
        sealed_token -> Text,
        created_at -> BigInt,
    }
}

table! {
    scheduled_statuses (id) {
        id -> BigInt,
        account_id -> BigInt,
        scheduled_at -> BigInt,
        draft -> Text,
        idempotency_key -> Nullable<Text>,
        created_at -> BigInt,
    }
}

table! {
    scheduled_media (media_id) {
        media_id -> BigInt,
        scheduled_id -> BigInt,
        position -> BigInt,
    }
}

table! {
    announcements (id) {
        id -> BigInt,
        source -> Text,
        content -> Text,
        starts_at -> Nullable<BigInt>,
        ends_at -> Nullable<BigInt>,
        all_day -> Bool,
        published_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    announcement_reads (announcement_id, account_id) {
        announcement_id -> BigInt,
        account_id -> BigInt,
    }
}

table! {
    announcement_reactions (announcement_id, account_id, name) {
        announcement_id -> BigInt,
        account_id -> BigInt,
        name -> Text,
        created_at -> BigInt,
    }
}

table! {
    cards (id) {
        id -> BigInt,
        url -> Text,
        page_url -> Text,
        title -> Text,
        description -> Text,
        provider_name -> Text,
        author_name -> Text,
        author_url -> Text,
        language -> Nullable<Text>,
        published_at -> Nullable<BigInt>,
        image_key -> Nullable<Text>,
        image_width -> Nullable<BigInt>,
        image_height -> Nullable<BigInt>,
        image_description -> Text,
        blurhash -> Nullable<Text>,
        fetched_at -> BigInt,
    }
}

table! {
    status_cards (status_id) {
        status_id -> BigInt,
        card_id -> BigInt,
    }
}

table! {
    custom_emojis (shortcode) {
        shortcode -> Text,
        file_key -> Text,
        category -> Nullable<Text>,
        visible -> Bool,
        created_at -> BigInt,
    }
}

table! {
    reports (id) {
        id -> BigInt,
        account_id -> BigInt,
        target_id -> BigInt,
        uri -> Nullable<Text>,
        comment -> Text,
        category -> Text,
        rule_ids -> Text,
        forwarded -> Bool,
        assigned_id -> Nullable<BigInt>,
        resolved_at -> Nullable<BigInt>,
        resolved_by -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    report_statuses (report_id, status_id) {
        report_id -> BigInt,
        status_id -> BigInt,
    }
}

table! {
    moderation_log (id) {
        id -> BigInt,
        actor_id -> Nullable<BigInt>,
        actor -> Text,
        action -> Text,
        target_id -> Nullable<BigInt>,
        target -> Text,
        note -> Text,
        created_at -> BigInt,
    }
}

table! {
    email_domain_blocks (id) {
        id -> BigInt,
        domain -> Text,
        created_at -> BigInt,
    }
}

table! {
    canonical_email_blocks (id) {
        id -> BigInt,
        hash -> Text,
        created_at -> BigInt,
    }
}

table! {
    ip_blocks (id) {
        id -> BigInt,
        ip -> Text,
        severity -> Text,
        comment -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
    }
}

table! {
    rejected_trends (subject) {
        subject -> Text,
        created_at -> BigInt,
    }
}

table! {
    quotes (status_id) {
        status_id -> BigInt,
        quoted_id -> Nullable<BigInt>,
        quoted_uri -> Text,
        state -> Text,
        stamp_uri -> Nullable<Text>,
        created_at -> BigInt,
    }
}

table! {
    profiles (account_id) {
        account_id -> BigInt,
        attributes -> Text,
        narrowed -> Text,
        name_key -> Text,
        division_key -> Text,
        department_key -> Text,
        manager_uri -> Nullable<Text>,
        changed_at -> BigInt,
    }
}

table! {
    people_words (word, kind, account_id) {
        word -> Text,
        kind -> BigInt,
        account_id -> BigInt,
    }
}

table! {
    word_grams (gram, word) {
        gram -> Text,
        word -> Text,
    }
}

table! {
    feeds (id) {
        id -> BigInt,
        account_id -> BigInt,
        secret_hash -> Text,
        kind -> Text,
        target -> Text,
        title -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

table! {
    bots (account_id) {
        account_id -> BigInt,
        owner_id -> BigInt,
        ceiling -> Text,
        created_at -> BigInt,
    }
}

table! {
    hooks (id) {
        id -> BigInt,
        bot_id -> BigInt,
        secret_hash -> Text,
        title -> Text,
        reach -> Text,
        named -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

table! {
    digest_wishes (user_id) {
        user_id -> BigInt,
        period -> Text,
    }
}

table! {
    digests (id) {
        id -> BigInt,
        user_id -> BigInt,
        period -> Text,
        since -> BigInt,
        state -> Text,
        secret_hash -> Nullable<Text>,
        created_at -> BigInt,
    }
}

table! {
    first_days (account_id) {
        account_id -> BigInt,
        done_at -> BigInt,
    }
}

table! {
    drafts (id) {
        id -> BigInt,
        account_id -> BigInt,
        draft -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    draft_media (media_id) {
        media_id -> BigInt,
        draft_id -> BigInt,
        position -> BigInt,
    }
}

table! {
    unit_mentions (status_id, unit) {
        status_id -> BigInt,
        unit -> Text,
        account_id -> BigInt,
        people -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    must_reads (status_id) {
        status_id -> BigInt,
        acknowledge_by -> Nullable<BigInt>,
        department -> Text,
        department_key -> Text,
        group_id -> Nullable<BigInt>,
        reminded_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
    }
}

table! {
    acknowledgements (status_id, account_id) {
        status_id -> BigInt,
        account_id -> BigInt,
        created_at -> BigInt,
    }
}

joinable!(feeds -> accounts (account_id));
joinable!(hooks -> bots (bot_id));
table! {
    delegations (leader_id, delegate_id) {
        leader_id -> BigInt,
        delegate_id -> BigInt,
        may_post -> Bool,
        may_answer -> Bool,
        until -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

table! {
    delegated_posts (status_id) {
        status_id -> BigInt,
        leader_id -> BigInt,
        delegate_id -> BigInt,
        is_answer -> Bool,
        created_at -> BigInt,
    }
}

table! {
    accepted_answers (question_id) {
        question_id -> BigInt,
        answer_uri -> Text,
    }
}

table! {
    praises (status_id, account_id) {
        status_id -> BigInt,
        account_id -> BigInt,
        hidden -> Bool,
    }
}

joinable!(profiles -> accounts (account_id));
joinable!(keys -> accounts (account_id));
joinable!(users -> accounts (account_id));
joinable!(sessions -> users (user_id));
joinable!(oauth_codes -> oauth_apps (app_id));
joinable!(oauth_codes -> users (user_id));
joinable!(oauth_tokens -> oauth_apps (app_id));
joinable!(oauth_tokens -> users (user_id));
joinable!(statuses -> oauth_apps (app_id));
joinable!(status_edits -> statuses (status_id));
joinable!(mentions -> statuses (status_id));
joinable!(mentions -> accounts (account_id));
joinable!(status_tags -> tags (tag_id));
joinable!(status_tags -> statuses (status_id));
joinable!(favourites -> accounts (account_id));
joinable!(favourites -> statuses (status_id));
joinable!(bookmarks -> accounts (account_id));
joinable!(bookmarks -> statuses (status_id));
joinable!(notifications -> statuses (status_id));
joinable!(home_timeline -> accounts (account_id));
joinable!(home_timeline -> statuses (status_id));
joinable!(markers -> accounts (account_id));
joinable!(idempotency_keys -> accounts (account_id));
joinable!(idempotency_keys -> statuses (status_id));
joinable!(activities -> accounts (account_id));
joinable!(deliveries -> activities (activity_id));
joinable!(list_members -> lists (list_id));
joinable!(list_members -> accounts (account_id));
joinable!(filter_keywords -> filters (filter_id));
joinable!(filter_statuses -> filters (filter_id));
joinable!(tag_follows -> tags (tag_id));
joinable!(featured_tags -> tags (tag_id));
joinable!(status_cards -> cards (card_id));
joinable!(status_cards -> statuses (status_id));
joinable!(poll_options -> polls (status_id));
joinable!(poll_votes -> polls (status_id));
joinable!(circle_members -> circles (circle_id));
joinable!(circle_members -> accounts (account_id));
joinable!(askable -> accounts (account_id));
joinable!(scheduled_media -> scheduled_statuses (scheduled_id));

/// Lets a table appear in the same query as each of the others. For each pair,
/// `diesel::allow_tables_to_appear_in_same_query` also implements eight traits for `ONLY` and `TABLESAMPLE`, which nothing
/// here uses: with 106 tables more than 44,000 implementations.
macro_rules! allow {
    ($one:ident with $($other:ident),+) => {$(
        impl TableNotEqual<$one::table> for $other::table {}
        impl TableNotEqual<$other::table> for $one::table {}
    )+};
}

/// Lets each two of the tables appear in the same query.
macro_rules! allow_pairs {
    ($last:ident) => {};
    ($first:ident, $($other:ident),+) => {
        allow!($first with $($other),+);
        allow_pairs!($($other),+);
    };
}

/// Lets all tables appear in the same query, each of the named ones also with `account_states`.
macro_rules! allow_all {
    ($($table:ident),+ $(,)?) => {
        allow_pairs!(accounts, $($table),+);
        allow!(account_states with $($table),+);
    };
}

allow!(status_origins with circles);
allow_all!(
    meta,
    hosts,
    pacts,
    agreements,
    agreement_events,
    host_health,
    keys,
    users,
    sessions,
    severances,
    translations,
    oauth_apps,
    oauth_codes,
    oauth_tokens,
    statuses,
    status_edits,
    media_attachments,
    media_trash,
    mentions,
    tags,
    status_tags,
    tombstones,
    follows,
    blocks,
    mutes,
    favourites,
    bookmarks,
    notifications,
    home_timeline,
    markers,
    idempotency_keys,
    jobs,
    inbox,
    activities,
    deliveries,
    delivered,
    lists,
    list_members,
    filters,
    filter_keywords,
    filter_statuses,
    tag_follows,
    featured_tags,
    account_notes,
    endorsements,
    shunned_domains,
    dismissed_suggestions,
    polls,
    poll_options,
    poll_votes,
    contexts,
    thread_mutes,
    notice_policies,
    notice_permissions,
    notice_requests,
    conversations,
    push_subscriptions,
    scheduled_statuses,
    scheduled_media,
    announcements,
    announcement_reads,
    announcement_reactions,
    cards,
    status_cards,
    custom_emojis,
    reports,
    report_statuses,
    moderation_log,
    email_domain_blocks,
    canonical_email_blocks,
    ip_blocks,
    rejected_trends,
    quotes,
    profiles,
    people_words,
    word_grams,
    feeds,
    bots,
    hooks,
    digest_wishes,
    digests,
    first_days,
    drafts,
    draft_media,
    unit_mentions,
    must_reads,
    acknowledgements,
    delegations,
    delegated_posts,
    accepted_answers,
    praises,
    circles,
    circle_members,
    askable,
    askings,
    groups,
    group_roles,
    group_invitations,
    group_ruled,
    group_pins,
    group_guests,
);
