/// Why a text cannot be edited in place.
package struct EditFailure: Error, Sendable, Equatable {
    package var position: Position
    package var message: String

    package init(_ position: Position, _ message: String) {
        self.position = position
        self.message = message
    }

    /// What to do instead, as the end of a message.
    static let remedy = "edit the file by hand, or replace it whole with 'clawproxy config apply'"
}
