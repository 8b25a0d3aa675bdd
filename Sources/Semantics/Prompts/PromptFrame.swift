/// An object or list of a body that `PromptScanner` is in.
struct PromptFrame: Sendable {
    /// Under which kind of top-level name it stands.
    enum Area: UInt8, Sendable { case none, turns, text, system, tools }
    enum Role: UInt8, Sendable { case unsaid, user, system, other }

    var isArray: Bool
    var area = Area.none
    /// The paths whose steps lead here and further.
    var alive: UInt32 = 0
    /// The path that has ended here or above and whose text this may be; -1 for none.
    var gatherer = -1
    /// The value at which that path ends.
    var isRoot = false
    /// An element at the `[]` of a path.
    var isEntry = false
    /// An element of `messages` or `input`.
    var isTurn = false
    var role = Role.unsaid
    /// False for a part whose `type` is not text.
    var isText = true
    /// Its text is gathered apart from what came before it in the list.
    var isApart = false
    /// How long the path's text was when this began.
    var mark = 0
    /// The scanner's text bytes then.
    var textBytes = 0
    /// Elements begun, of a list.
    var elements = 0
}
