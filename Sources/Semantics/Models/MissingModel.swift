/// Whether an answer says that its agent does not have the model, which is worth asking for another one.
///
/// There is no status for it: most say 404 with an error in JSON that names the model, some 400 with a code. A 404
/// about anything else is an answer.
package enum MissingModel {
    /// An error that says so begins within this many bytes of the body.
    package static let most = 4096

    /// Whether it can be, by the status: only then is the body worth a look.
    package static func mayBe(status: Int) -> Bool { status == 404 || status == 400 }

    /// `body`: its beginning, decoded.
    package static func isTold(status: Int, body: UnsafeRawBufferPointer) -> Bool {
        guard mayBe(status: status) else { return false }
        let text = body.prefix(most).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        let opening = text.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        guard opening == UInt8(ascii: "{") else { return false }
        if codes.contains(where: { contains(text, $0) }) { return true }
        return status == 404 && contains(text, "model") && absences.contains { contains(text, $0) }
    }

    private static let codes: [StaticString] = [
        "model_not_found", "model not exist", "invalid_model", "invalid model name", "modelnotfound",
    ]
    private static let absences: [StaticString] = [
        "not found", "not_found", "notfound", "does not exist", "no such model", "unknown model",
    ]

    private static func contains(_ text: [UInt8], _ word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            guard text.count >= word.count else { return false }
            return (0...text.count - word.count).contains { text[$0..<$0 + word.count].elementsEqual(word) }
        }
    }
}
