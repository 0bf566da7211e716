// What Rust's Avro libraries call schemas: name of the library, the file, the bytes as a message has them.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).expect("a schema");
        let name = path.rsplit('/').next().unwrap();
        let schema = apache_avro::Schema::parse_str(&text).expect("apache-avro");
        println!("apache-avro - {name} {}", hex(&schema.fingerprint::<apache_avro::rabin::Rabin>().bytes));
        let fast: serde_avro_fast::Schema = text.parse().expect("serde_avro_fast");
        println!("serde_avro_fast - {name} {}", hex(fast.rabin_fingerprint()));
    }
}
