//! The parameter tree: one shape for a query string, a form, a multipart body and a JSON object.
//!
//! Names nest the way Rails reads them: `poll[expires_in]`, `media_ids[]`, `fields_attributes[0][name]`,
//! `media_attributes[][id]` (a repeated key starts the next element), and the same notation inside the keys
//! of a JSON object. All scalars become text. Parsing never fails on an unexpected shape, only on size,
//! depth, and text that no database accepts.

use std::collections::BTreeMap;

use percent_encoding::percent_decode;

/// The deepest nesting of names.
const MAX_DEPTH: usize = 8;
/// The most values in one request.
const MAX_VALUES: usize = 2_000;

/// The value under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A scalar; numbers and booleans in their usual spelling.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// An object.
    Map(BTreeMap<String, Node>),
}

/// Why parameters could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum MalformedParams {
    #[error("The parameters nest too deeply")]
    Depth,
    #[error("There are too many parameters")]
    Count,
    #[error("A parameter is not valid UTF-8 or contains a null character")]
    Encoding,
    #[error("The body is not valid JSON: {0}")]
    Json(String),
    #[error("The body must be a JSON object")]
    NotAnObject,
}

/// All parameters of a request, while they are collected.
#[derive(Debug, Default)]
pub(super) struct Tree {
    top: BTreeMap<String, Node>,
    values: usize,
}

/// One step of a name such as `a[b][]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Key(&'a str),
    Append,
}

impl Tree {
    /// Parses a query string or an urlencoded form.
    pub(super) fn urlencoded(text: &[u8]) -> Result<Self, MalformedParams> {
        let mut tree = Self::default();
        for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            tree.add(&name, value)?;
        }
        Ok(tree)
    }

    /// Parses a JSON object. An empty body counts as an empty object.
    pub(super) fn json(bytes: &[u8]) -> Result<Self, MalformedParams> {
        let mut tree = Self::default();
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(tree);
        }
        let value =
            serde_json::from_slice(bytes).map_err(|error| MalformedParams::Json(error.to_string()))?;
        let serde_json::Value::Object(object) = value else { return Err(MalformedParams::NotAnObject) };
        if let Node::Map(map) = tree.read_object(object, 0)? {
            tree.top = map;
        }
        Ok(tree)
    }

    /// Adds one named text.
    pub(super) fn add(&mut self, name: &str, value: String) -> Result<(), MalformedParams> {
        self.count()?;
        if name.contains('\0') || value.contains('\0') {
            return Err(MalformedParams::Encoding);
        }
        insert(&mut self.top, name, Node::Text(value))
    }

    /// Merges `body` into the tree; the body's value wins where both have a name.
    pub(super) fn overlay(&mut self, body: Self) {
        self.top.extend(body.top);
    }

    /// The text under a plain name.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.top.get(name) {
            Some(Node::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The whole tree as one object.
    pub(super) fn node(&self) -> Node {
        Node::Map(self.top.clone())
    }

    fn count(&mut self) -> Result<(), MalformedParams> {
        self.values += 1;
        if self.values > MAX_VALUES { Err(MalformedParams::Count) } else { Ok(()) }
    }

    fn read(&mut self, value: serde_json::Value, depth: usize) -> Result<Option<Node>, MalformedParams> {
        use serde_json::Value;
        if depth > MAX_DEPTH {
            return Err(MalformedParams::Depth);
        }
        self.count()?;
        Ok(Some(match value {
            Value::Null => return Ok(None),
            Value::Bool(truth) => Node::Text(truth.to_string()),
            Value::Number(number) => Node::Text(number.to_string()),
            Value::String(text) if text.contains('\0') => return Err(MalformedParams::Encoding),
            Value::String(text) => Node::Text(text),
            Value::Array(items) => {
                let mut list = Vec::with_capacity(items.len().min(MAX_VALUES));
                for item in items {
                    list.extend(self.read(item, depth + 1)?);
                }
                Node::List(list)
            }
            Value::Object(object) => self.read_object(object, depth)?,
        }))
    }

    fn read_object(
        &mut self,
        object: serde_json::Map<String, serde_json::Value>,
        depth: usize,
    ) -> Result<Node, MalformedParams> {
        let mut map = BTreeMap::new();
        for (name, value) in object {
            if name.contains('\0') {
                return Err(MalformedParams::Encoding);
            }
            if let Some(node) = self.read(value, depth + 1)? {
                insert(&mut map, &name, node)?;
            }
        }
        Ok(Node::Map(map))
    }
}

fn decode(part: &[u8]) -> Result<String, MalformedParams> {
    let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let text = percent_decode(&spaced).decode_utf8().map_err(|_| MalformedParams::Encoding)?;
    Ok(text.into_owned())
}

/// Splits `a[b][]` into its steps. A name that is not of this form is one key, brackets included.
fn steps(name: &str) -> Result<Vec<Step<'_>>, MalformedParams> {
    let Some(start) = name.find('[') else { return Ok(vec![Step::Key(name)]) };
    let (head, mut rest) = name.split_at(start);
    let mut steps = vec![Step::Key(head)];
    while let Some((key, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        if steps.len() > MAX_DEPTH {
            return Err(MalformedParams::Depth);
        }
        let step = if key.is_empty() { Step::Append } else { Step::Key(key) };
        // Interop(Mastodon.py 2): sends `id[][]` for `id[]`; no parameter is a list of lists.
        if !(step == Step::Append && steps.last() == Some(&Step::Append)) {
            steps.push(step);
        }
        rest = after;
    }
    if head.is_empty() || !rest.is_empty() { Ok(vec![Step::Key(name)]) } else { Ok(steps) }
}

fn insert(map: &mut BTreeMap<String, Node>, name: &str, value: Node) -> Result<(), MalformedParams> {
    let steps = steps(name)?;
    let Some((Step::Key(first), rest)) = steps.split_first() else { return Ok(()) };
    if !first.is_empty() {
        place(map, first, rest, value);
    }
    Ok(())
}

fn place(map: &mut BTreeMap<String, Node>, key: &str, rest: &[Step<'_>], value: Node) {
    let Some((next, after)) = rest.split_first() else {
        // A plain name beside `name[]`: both belong to the list.
        match (map.get_mut(key), value) {
            (Some(Node::List(list)), text @ Node::Text(_)) => list.push(text),
            (_, value) => {
                map.insert(key.to_owned(), value);
            }
        }
        return;
    };
    match next {
        Step::Key(inner) => {
            let node = map.entry(key.to_owned()).or_insert_with(|| Node::Map(BTreeMap::new()));
            place(as_map(node), inner, after, value);
        }
        Step::Append => {
            let node = map.entry(key.to_owned()).or_insert_with(|| Node::List(Vec::new()));
            append(as_list(node), after, value);
        }
    }
}

fn append(list: &mut Vec<Node>, rest: &[Step<'_>], value: Node) {
    match rest.split_first() {
        None => match value {
            Node::List(items) => list.extend(items),
            value => list.push(value),
        },
        Some((Step::Append, after)) => append(list, after, value),
        Some((Step::Key(key), after)) => {
            let fits = matches!(list.last(), Some(Node::Map(map)) if !holds(map, key, after));
            if !fits {
                list.push(Node::Map(BTreeMap::new()));
            }
            if let Some(Node::Map(map)) = list.last_mut() {
                place(map, key, after, value);
            }
        }
    }
}

/// Whether this element already has the name, so that a repetition must start the next element.
fn holds(map: &BTreeMap<String, Node>, key: &str, rest: &[Step<'_>]) -> bool {
    match (map.get(key), rest.split_first()) {
        (None, _) | (Some(_), Some((Step::Append, _))) => false,
        (Some(_), None) => true,
        (Some(Node::Map(inner)), Some((Step::Key(next), after))) => holds(inner, next, after),
        (Some(_), Some((Step::Key(_), _))) => true,
    }
}

fn as_map(node: &mut Node) -> &mut BTreeMap<String, Node> {
    if let Node::List(list) = node {
        let indexed = std::mem::take(list).into_iter().enumerate();
        *node = Node::Map(indexed.map(|(index, item)| (index.to_string(), item)).collect());
    }
    if !matches!(node, Node::Map(_)) {
        *node = Node::Map(BTreeMap::new());
    }
    match node {
        Node::Map(map) => map,
        _ => unreachable!("it was made a map just above"),
    }
}

fn as_list(node: &mut Node) -> &mut Vec<Node> {
    if !matches!(node, Node::List(_)) {
        let before = std::mem::replace(node, Node::List(Vec::new()));
        *node = Node::List(match before {
            Node::Map(map) => elements(map),
            single => vec![single],
        });
    }
    match node {
        Node::List(list) => list,
        _ => unreachable!("it was made a list just above"),
    }
}

/// The values of an object with index keys, ordered by index.
pub(super) fn elements(map: BTreeMap<String, Node>) -> Vec<Node> {
    let mut pairs: Vec<(u64, Node)> =
        map.into_iter().map(|(key, node)| (key.parse().unwrap_or(u64::MAX), node)).collect();
    pairs.sort_by_key(|(index, _)| *index);
    pairs.into_iter().map(|(_, node)| node).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn form(text: &str) -> serde_json::Value {
        show(&Tree::urlencoded(text.as_bytes()).unwrap().node())
    }

    fn show(node: &Node) -> serde_json::Value {
        match node {
            Node::Text(text) => json!(text),
            Node::List(list) => list.iter().map(show).collect(),
            Node::Map(map) => map.iter().map(|(key, node)| (key.clone(), show(node))).collect(),
        }
    }

    #[test]
    fn names_nest_the_rails_way() {
        let cases = [
            ("a=1&b=x+y%21", json!({"a": "1", "b": "x y!"})),
            ("id[]=1&id[]=2", json!({"id": ["1", "2"]})),
            ("id%5B%5D=1&id=5", json!({"id": ["1", "5"]})),
            ("id[][]=1&id[][]=2", json!({"id": ["1", "2"]})),
            ("id=5&id[]=1", json!({"id": ["5", "1"]})),
            ("id[0]=1&id[1]=2", json!({"id": {"0": "1", "1": "2"}})),
            (
                "poll[options][]=a&poll[options][]=b&poll[expires_in]=300",
                json!({"poll": {"options": ["a", "b"], "expires_in": "300"}}),
            ),
            (
                "m[][id]=1&m[][d]=x&m[][id]=2&m[][d]=y",
                json!({"m": [{"id": "1", "d": "x"}, {"id": "2", "d": "y"}]}),
            ),
            ("m[][k][]=1&m[][k][]=2", json!({"m": [{"k": ["1", "2"]}]})),
            ("a[b=1&[c]=2&d]=3&=4&e", json!({"a[b": "1", "[c]": "2", "d]": "3", "e": ""})),
            ("a=1&a[b]=2", json!({"a": {"b": "2"}})),
            ("a=1&a=2", json!({"a": "2"})),
        ];
        for (text, expected) in cases {
            assert_eq!(form(text), expected, "{text}");
        }
    }

    #[test]
    fn json_reads_like_a_form() {
        let tree = Tree::json(
            br#"{"media_ids[]": [1, "2"], "sensitive": true, "n": null, "poll": {"options": ["a", null]}, "x[y]": 1.5}"#,
        );
        let expected = json!({"media_ids": ["1", "2"], "sensitive": "true", "poll": {"options": ["a"]}, "x": {"y": "1.5"}});
        assert_eq!(show(&tree.unwrap().node()), expected);
        assert_eq!(show(&Tree::json(b"  ").unwrap().node()), json!({}));
    }

    #[test]
    fn the_body_stands_over_the_query() {
        let mut tree = Tree::urlencoded(b"a=1&b=1").unwrap();
        tree.overlay(Tree::json(br#"{"b": 2}"#).unwrap());
        assert_eq!(show(&tree.node()), json!({"a": "1", "b": "2"}));
    }

    #[test]
    fn excessive_or_malformed_params_are_refused() {
        let deep = format!("a{}=1", "[x]".repeat(20));
        assert_eq!(Tree::urlencoded(deep.as_bytes()).unwrap_err(), MalformedParams::Depth);
        let deep = format!("{}{}", r#"{"a":"#.repeat(20), "1".to_owned() + &"}".repeat(20));
        assert_eq!(Tree::json(deep.as_bytes()).unwrap_err(), MalformedParams::Depth);
        let many = "a[]=1&".repeat(3_000);
        assert_eq!(Tree::urlencoded(many.as_bytes()).unwrap_err(), MalformedParams::Count);
        assert_eq!(Tree::urlencoded(b"a=%00").unwrap_err(), MalformedParams::Encoding);
        assert_eq!(Tree::urlencoded(b"a=%ff").unwrap_err(), MalformedParams::Encoding);
        assert_eq!(Tree::json(br#"{"a": "\u0000"}"#).unwrap_err(), MalformedParams::Encoding);
        assert_eq!(Tree::json(b"[1]").unwrap_err(), MalformedParams::NotAnObject);
        for bad in ["{", "{\"a\": \"\\ud800\"}", "nonsense", "{\"a\":1}x"] {
            assert!(matches!(Tree::json(bad.as_bytes()), Err(MalformedParams::Json(_))), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Tree::urlencoded(&bytes);
            let _ = Tree::json(&bytes);
        }

        #[test]
        fn any_names_are_read_or_refused(names in proptest::collection::vec("[a-c\\[\\]0-2=&]{0,24}", 0..40)) {
            let _ = Tree::urlencoded(names.join("&").as_bytes());
        }

        #[test]
        fn a_list_keeps_its_order(values in proptest::collection::vec("[a-z]{1,5}", 1..20)) {
            let text = values.iter().map(|value| format!("v[]={value}")).collect::<Vec<_>>().join("&");
            prop_assert_eq!(form(&text), json!({"v": values}));
            let text = values.iter().enumerate().map(|(i, value)| format!("v[{i}]={value}")).collect::<Vec<_>>();
            let Node::Map(map) = Tree::urlencoded(text.join("&").as_bytes()).unwrap().node() else { panic!() };
            let Some(Node::Map(list)) = map.get("v").cloned() else { panic!() };
            let read: Vec<Node> = elements(list);
            prop_assert_eq!(read, values.into_iter().map(Node::Text).collect::<Vec<_>>());
        }
    }
}
