/// A string that nobody may see: it prints as a placeholder wherever it is shown.
package struct Secret: SettingValue, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    /// Stands for a secret in what is shown; written back by an editor, it means "as it was".
    package static let redacted = "__OPENCLAW_REDACTED__"

    package var value: String

    package init(_ value: String) { self.value = value }

    package static var shape: Shape {
        var shape = Shape(.string(pattern: nil), words: "secret", expected: "a string", example: "\"${NAME}\"")
        shape.isSecret = true
        return shape
    }

    package var text: String { value.isEmpty ? "\"\"" : JSONText.quoted(Secret.redacted) }
    package var description: String { value.isEmpty ? "" : Secret.redacted }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    package static func read(_ node: Node, _ reading: inout Reading) -> Secret? {
        guard let text = node.string else {
            // Said without the value, whoever reads it.
            reading.error(
                node.position, "expected a string, found something else; give the secret in quotes or as ${NAME}")
            return nil
        }
        guard text != redacted else {
            reading.error(node.position, "\(redacted) stands for a hidden value; give the secret itself or ${NAME}")
            return nil
        }
        return Secret(text)
    }
}
