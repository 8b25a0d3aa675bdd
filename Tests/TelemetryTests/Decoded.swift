import Settings

/// A section read from JSON5 text, with what is wrong with it.
func decoded<S: Section>(_ type: S.Type, _ text: String) throws -> (value: S, problems: [Problem]) {
    let node = try JSONReader.read(Array(text.utf8), source: "test.json", dialect: .json5)
    var reading = Reading()
    let value = S.decode(node, &reading)
    return (value, reading.problems)
}
