//! What is measured.

use std::fmt::Write as _;

/// One kind of transaction.
pub(super) struct Case {
    /// What a reader calls it.
    pub(super) name: &'static str,
    /// The case it is a part of, and how it reads: `57 % of …`.
    pub(super) of: Option<&'static str>,
    /// What is changed in the throw-away database for it.
    pub(super) change: Option<&'static str>,
    /// The transaction, for pgbench.
    pub(super) script: String,
}

/// What came of a case.
pub(super) struct Measured {
    name: String,
    of: Option<String>,
    /// Transactions per second in each turn.
    pub(super) rates: Vec<f64>,
}

impl Measured {
    pub(super) const fn new(name: String, of: Option<String>) -> Self {
        Self { name, of, rates: Vec::new() }
    }

    /// Whether it is told as a part of another case.
    pub(super) const fn is_part(&self) -> bool {
        self.of.is_some()
    }

    /// Turns have the same length, so this is the rate over all of them.
    fn rate(&self) -> f64 {
        self.rates.iter().sum::<f64>() / f64::from(u32::try_from(self.rates.len()).unwrap_or(1).max(1))
    }

    /// A line of the table.
    pub(super) fn line(&self, all: &[Self]) -> String {
        let mut line = format!("{:<60} {:>10.0}", self.name, self.rate());
        if let Some(whole) = self.of.as_ref().and_then(|name| all.iter().find(|other| other.name == *name)) {
            let _ = write!(line, "  {:.0} % of {}", self.rate() / whole.rate() * 100.0, whole.name);
        }
        line
    }
}

const FLOOR: &str = "the rows of an order alone (floor)";
const HOT_WITHOUT_STOCK: &str = "one product, without its stock";
const PAGE_OF_OWNER: &str = "a page of the catalogue, by its owner";

/// Takes stock out of checkout, for the rate that nothing hot would allow.
const WITHOUT_STOCK: &str = "\
create or replace function private.take_stock(product_ids uuid[], quantities integer[]) returns void \
    set search_path = '' language plpgsql as $$ begin null; end; $$;
";

/// What puts it back.
pub(super) const DEFINITION_OF_TAKE_STOCK: &str =
    "select pg_get_functiondef('private.take_stock(uuid[], integer[])'::regprocedure);";

/// A visitor's request, as PostgREST begins it.
fn arrival(method: &str, path: &str) -> String {
    format!(
        "select set_config('role', 'anon', true), set_config('search_path', 'public, extensions', true), \
             set_config('request.jwt.claims', '{{\"role\":\"anon\"}}', true), \
             set_config('request.method', '{method}', true), set_config('request.path', '{path}', true), \
             set_config('request.headers', '{{\"user-agent\":\"Mozilla/5.0 (X11; Linux x86_64)\",\
                 \"accept-language\":\"fr-FR,fr;q=0.9\",\"cf-connecting-ip\":\"203.0.113.7\"}}', true);\n"
    )
}

const GUEST_ORDER: &str = "\
select public.place_order(\
    shipping_address => '{\"full_name\":\"Amina Idrissi\",\"line1\":\"12, rue des Consuls\",\"city\":\"Rabat\",\
        \"phone\":\"+212600000000\"}', \
    shipping_method_id => (select id from bench.shipping), payment_method => 'cod', \
    guest_email => 'guest@example.com', items => ";

/// A checkout of these items, with all that comes before it.
fn checkout(items: &str) -> String {
    format!(
        "\\set one random(0, 1000000)\n\\set other random(0, 1000000)\nbegin;\n{}select private.pre_request();\n\
         {GUEST_ORDER}{items});\ncommit;\n",
        arrival("POST", "/rpc/place_order")
    )
}

/// Two products of many, so that hardly anybody meets.
const TWO_ITEMS: &str = "bench.items(:one, :other)";
/// The one that everybody wants.
const HOT_ITEM: &str = "bench.items(0)";

/// A checkout of two products of many.
pub(super) fn checkout_of_two() -> String {
    checkout(TWO_ITEMS)
}

/// `GET products?select=*,category:categories(*),images:product_images(*)&order=created_at.desc,id&limit=20`, as PostgREST
/// writes it.
const PAGE: &str = "\
with page as (\
    select products.*, row_to_json(category) as category, coalesce(images.list, '[]') as images \
    from public.products \
    left join lateral (\
        select categories.* from public.categories where categories.id = products.category_id\
    ) as category on true \
    left join lateral (\
        select json_agg(image) as list \
        from (select product_images.* from public.product_images where product_images.product_id = products.id) as image\
    ) as images on true \
    order by products.created_at desc, products.id limit 20\
) \
select count(*), coalesce(json_agg(page), '[]') from page;\n";

/// All cases, in the order they are told.
pub(super) fn all() -> Vec<Case> {
    let floor = format!(
        "\\set one random(0, 1000000)\n\\set other random(0, 1000000)\nbegin;\n{}select bench.floor({TWO_ITEMS});\ncommit;\n",
        arrival("POST", "/rpc/place_order")
    );
    let page_for_visitors =
        format!("begin read only;\n{}select private.pre_request();\n{PAGE}commit;\n", arrival("GET", "/products"));
    vec![
        Case { name: FLOOR, of: None, change: None, script: floor },
        Case { name: "checkout of two products", of: Some(FLOOR), change: None, script: checkout_of_two() },
        Case { name: HOT_WITHOUT_STOCK, of: None, change: Some(WITHOUT_STOCK), script: checkout(HOT_ITEM) },
        Case { name: "one product", of: Some(HOT_WITHOUT_STOCK), change: None, script: checkout(HOT_ITEM) },
        Case {
            name: PAGE_OF_OWNER,
            of: None,
            change: None,
            // As many statements as a visitor's, so that what is compared is the rules and not a round trip.
            script: format!(
                "begin read only;\n{}select set_config('role', 'none', true);\n{PAGE}commit;\n",
                arrival("GET", "/products")
            ),
        },
        Case {
            name: "a page of the catalogue, for a visitor",
            of: Some(PAGE_OF_OWNER),
            change: None,
            script: page_for_visitors,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_as_a_part_of_the_case_it_belongs_to() {
        let whole = Measured { name: "whole".to_owned(), of: None, rates: vec![100.0, 300.0] };
        let part = Measured { name: "part".to_owned(), of: Some("whole".to_owned()), rates: vec![110.0, 130.0] };
        let all = [whole, part];
        assert!(all[1].line(&all).ends_with("120  60 % of whole"), "{}", all[1].line(&all));
    }

    #[test]
    fn every_case_that_is_a_part_names_a_case() {
        let cases = all();
        for case in &cases {
            assert!(case.of.is_none_or(|name| cases.iter().any(|other| other.name == name)), "{}", case.name);
        }
    }
}
