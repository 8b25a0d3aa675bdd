import Settings
import Testing

@Suite("hostile texts are edited or refused")
struct EditingMutationTests {
    private static let seed: UInt64 = 20_261_122

    private static let shared = """
        base: &base {a: &one 1, b: [&two x, *one]}
        other:
          <<: [*base, {c: *two}]
          d: &d
            - *base
            - <<: *base
              e: |+
                text

        *two : *d
        ? f
        : !!str g
        """

    @Test("five thousand mutated texts: what is read is edited to what was asked for, or refused")
    func mutations() throws {
        var (edits, refusals) = (0, 0)
        for round in 0..<5_000 {
            var documents = RandomDocuments(seed: Self.seed &+ UInt64(round))
            let node = documents.node(depth: 3)
            let isYAML = round.isMultiple(of: 2)
            let whole = isYAML ? documents.chance(3) ? Self.shared : documents.yaml(node) : documents.json5(node)
            let path = isYAML ? "f.yaml" : "f.json"
            guard let document = try? DocumentText(documents.mutated(Array(whole.utf8)), path: path) else { continue }
            #expect(try document.edited(to: document.node) == document.bytes, "seed \(Self.seed), round \(round)")
            for _ in 0..<3 {
                let target = documents.changed(document.node, depth: 3)
                do throws(EditFailure) {
                    let edited = try document.editedText(to: target)
                    #expect(edited.node.isSame(as: target), "seed \(Self.seed), round \(round)")
                    edits += 1
                } catch {
                    #expect(isYAML, "seed \(Self.seed), round \(round): \(error.message)")
                    refusals += 1
                }
            }
        }
        #expect(edits > 2 * refusals, "\(edits) edits, \(refusals) refusals")
    }

    @Test("all strings of a text are found and replaced, and what comes out reads so")
    func strings() throws {
        for round in 0..<3_000 {
            var documents = RandomDocuments(seed: Self.seed &+ UInt64(round))
            let node = documents.node(depth: 4)
            let isYAML = round.isMultiple(of: 2)
            // A key that is an alias takes its name from a string, and would get another.
            let shared = Self.shared.replacing("*two : *d", with: "two: *d")
            let whole = isYAML ? documents.chance(20) ? shared : documents.yaml(node) : documents.json5(node)
            let document = try DocumentText(Array(whole.utf8), path: isYAML ? "f.yaml" : "f.json")
            let replaced = document.replacingStrings { _, _ in "*#\"\u{85}*" }
            let result = try DocumentText(replaced, path: isYAML ? "f.yaml" : "f.json")
            let isSame = result.node.isSame(as: Self.hidden(document.node))
            #expect(isSame, "seed \(Self.seed), round \(round)")
        }
    }

    private static func hidden(_ node: Node) -> Node {
        switch node.value {
        case .string: .string("*#\"\u{85}*")
        case .array(let elements): Node(.array(elements.map(hidden)))
        case .object(let members): .object(members.map { ($0.name, hidden($0.node)) })
        default: node
        }
    }
}

extension RandomDocuments {
    /// The text with a few bytes changed, gone, or new.
    fileprivate mutating func mutated(_ text: [UInt8]) -> [UInt8] {
        let marks = Array("[]{}:,\"'\\&*<-?!|>#%@`~/ \n\t\r$+0a".utf8)
        var text = text
        for _ in 0..<Int.random(in: 0...3, using: &random) where !text.isEmpty {
            let at = Int.random(in: 0..<text.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: text[at] = UInt8.random(in: 0...255, using: &random)
            case 1: text.remove(at: at)
            case 2: text.removeSubrange(at...)
            default: text.insert(pick(marks, or: 0), at: at)
            }
        }
        return text
    }
}
