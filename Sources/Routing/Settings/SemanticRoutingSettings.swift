package import Settings

/// The key `routing.semantic`: what semantic rules read of a request, and the categories that they may name beside the
/// built-in ones.
package struct SemanticRoutingSettings: Section {
    /// Examples and negatives of all categories together: learning takes longer with the cube of their number, for so
    /// many about a second.
    package static let mostTexts = 2_000
    /// All bytes of them: every word of them is weighed for every decision.
    package static let mostBytes = 512 << 10

    package var categories: [String: SemanticCategorySettings] = [:]
    package var text: [String] = []
    package var bodyBytes = ByteSize.mebibytes(1)
    package var budget: Duration?

    package init() {}

    package static let keys: [Key<SemanticRoutingSettings>] = [
        .map(
            "categories", \.categories,
            "categories by name; one that has the name of a built-in category takes its place"),
        .value(
            "text", \.text,
            "where the text stands in a JSON body, such as `message` or `messages[].content`; the first that is there "
                + "counts. None: the last user turn of `messages`, else `message`, `input`, `prompt`"),
        .value(
            "bodyBytes", \.bodyBytes,
            "how much of a body is waited for before it is judged; a text that begins behind that is not there",
            check: Check.positive),
        .value(
            "budget", \.budget,
            "longest wait for another judge where the built-in one is unsure; absent: as `semantic` says",
            check: Check.positive()),
    ]

    package static func check(_ value: SemanticRoutingSettings, _ node: Node, _ reading: inout Reading) {
        guard let given = node["categories"] else { return }
        reading.under("categories") { reading in
            for member in given.members ?? [] where member.name.isEmpty {
                reading.error(member.namePosition, "expected the name of a category, found none")
            }
            let count = value.categories.values.reduce(0) { $0 + $1.examples.count + $1.negatives.count }
            if count > mostTexts {
                reading.error(
                    given.position, "expected at most \(mostTexts) examples and negatives in all, found \(count)")
            }
            let texts = value.categories.values.flatMap { $0.examples + $0.negatives }
            let bytes = texts.reduce(0) { $0 + $1.utf8.count }
            if bytes > mostBytes {
                reading.error(
                    given.position,
                    "expected examples and negatives of at most \(mostBytes >> 10) KiB in all, "
                        + "found \((bytes + 1023) >> 10) KiB; shorten them, of each no more than the first 128 words count")
            }
            sharedExamples(given, &reading)
        }
    }

    /// An example of two categories teaches neither.
    private static func sharedExamples(_ categories: Node, _ reading: inout Reading) {
        var owners: [String: String] = [:]
        for member in categories.members ?? [] {
            reading.under(member.name) { reading in
                for (index, element) in (member.node["examples"]?.elements ?? []).enumerated() {
                    guard let text = element.string else { continue }
                    guard let owner = owners[text], owner != member.name else {
                        owners[text] = member.name
                        continue
                    }
                    reading.under("examples") { reading in
                        reading.under("[\(index)]") {
                            $0.warn(
                                element.position,
                                "is an example of \(Quoted.quote(owner)) too, which makes both unsure; leave one out")
                        }
                    }
                }
            }
        }
    }
}
