//! Policies: the query language round-trips, rules and the rollback story end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prkit_license::{
    Action, Advice, Context, Generation, Query, QueryForm, Request, Scenario, advise, from_json, lint,
};

fuzz_target!(|text: &str| {
    if let Ok(query) = Query::parse(text) {
        let (policies, _) = query.policies(&Context::default());
        let _ = lint(&policies, &Context::default());
        for form in [QueryForm::Cfg, QueryForm::Cfg64] {
            let Ok(written) = query.encode(form) else { continue };
            let again = Query::parse(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
            assert_eq!(again.encode(form).as_ref(), Ok(&written));
        }
        assert_eq!(query.without_keys().0.without_keys().1, 0);
        let _ = query.shown();
        for policy in &policies {
            let asking = Query::of_policies(std::slice::from_ref(policy), QueryForm::Cfg);
            let _ = (asking.encode(QueryForm::Cfg), asking.shown());
            if let Some(server) = policy.begin {
                let (client, generation) = (policy.end, Generation::Timed);
                let request = Request { server, client, generation, margin: Request::MARGIN };
                if let Advice::Issue { policy, .. } = advise(policy, None, &request) {
                    assert!(policy.begin.zip(policy.end).is_none_or(|(begin, end)| begin < end));
                }
            }
        }
    }
    if let Ok(policies) = from_json(text) {
        let _ = lint(&policies, &Context::default());
        let written = prkit_license::to_json(&policies).to_string();
        let again = from_json(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
        assert_eq!(prkit_license::to_json(&again).to_string(), written);
    }
    if let Ok(scenario) = Scenario::from_json(text) {
        let _ = scenario.run();
        let grid = scenario.grid(40);
        let _ = scenario.with_begin_dates().grid(40);
        let _ = scenario.without_begin_dates().run();
        assert!(grid.rows.len() >= scenario.contents().len() || scenario.licenses.is_empty());
        assert!(
            scenario
                .events
                .iter()
                .all(|event| !matches!(&event.action, Action::CopyStore(name) if name.len() > 1 << 20))
        );
    }
});
