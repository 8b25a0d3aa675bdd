/// What a JSON body says, found as its bytes come, in pieces of any size: the text to judge, which model and agent it
/// names, how long it is. It builds no tree; what it keeps is bounded (the text limit, `mostDepth` frames, names).
///
/// The order of keys does not matter, and of a key given twice the last counts, as for most parsers. A body that is no
/// JSON from some byte on is not looked at further (`isBroken`); what was found until then stands.
package struct PromptScanner: Sendable {
    /// Deeper values are passed over.
    package static let mostDepth = 32
    /// Longer names of models and agents are none.
    package static let longestName = 1024
    /// Of a `model` given more often, the first ones and the last are known.
    package static let mostModels = 16

    enum State: UInt8, Sendable {
        /// Exits: `member` at the brace, `done` at anything else.
        case start
        /// Between members of an object. Exits: `string` (a name), `done` or a frame up at the brace.
        case member
        /// Behind a name. Exits: `value`.
        case colon
        /// Exits: `string`, `skipped`, `literal`, `member`, `element`.
        case value
        /// Between elements of a list. Exits: as `value`, or a frame up at the bracket.
        case element
        /// In a string that is wanted. Exits: `escape`, `colon`, `member`, `element`.
        case string
        /// Behind a backslash. Exits: `string`, `unicode`.
        case escape
        /// In the four digits of an escape. Exits: `string`.
        case unicode
        /// In a value that nobody asked for. Exits: `member`, `element`.
        case skipped
        /// In a number, true, false or null. Exits: `member`, `element`.
        case literal
        case done
    }

    /// What the string being read is for.
    enum Purpose: UInt8, Sendable { case name, model, agent, role, type, text }

    /// Top-level `agent` (or `agentId`, `agent_id`), where it is a string: who shall answer.
    package internal(set) var agent: [UInt8]?
    /// Its JSON string with the quotes, counted from the body's first byte.
    package internal(set) var agentRange: Range<Int>?
    /// Every `model` at the top, in order.
    package internal(set) var models: [ModelPlace] = []
    /// Top-level `stream`, where it is true or false.
    package internal(set) var stream: Bool?
    /// Top-level `max_tokens` (or `max_completion_tokens`, `max_output_tokens`), where it is a whole number.
    package internal(set) var mostTokens: Int?
    /// `tools` or `functions` at the top hold something.
    package internal(set) var hasTools = false
    /// Messages of `messages` or items of `input`, whoever said them; 0 where the prompt is one string.
    package internal(set) var turns = 0
    /// Bytes of what the system or developer says: `system`, `instructions`, turns of those roles.
    package internal(set) var systemBytes = 0
    /// Parts that are pictures.
    package internal(set) var images = 0
    /// Of the text of all turns, the system and the tools. Addresses, identifiers and data of files are left out.
    package internal(set) var tokens = TokenEstimate()
    /// It began as an object.
    package internal(set) var isObject = false
    /// It turned out to be no JSON.
    package internal(set) var isBroken = false

    let paths: [PromptPath]
    let counts: Bool
    /// The paths with a `[]` before their last step: their text is settled at the end of the element.
    let waiting: UInt32
    var state = State.start
    var frames: [PromptFrame] = []
    /// By path: text of what is being read, and what has been found.
    var pending: [PromptText]
    /// By path: of the list being read what came before the element that is read.
    var before: [PromptText]
    var found: [PromptText]
    /// The paths of which a turn of the user was found in the list being read.
    var heard: UInt32 = 0
    /// Where the piece begins that is being taken.
    var offset = 0
    /// Bytes of text so far.
    var textBytes = 0
    /// One past the opening brace, and whether a member has come since.
    var objectStart = 0
    var isEmpty = true
    /// Where the string or value began.
    var start = 0

    var purpose = Purpose.name
    var small: [UInt8] = []
    var isTooLong = false
    var name = PromptName.other
    /// Of the text being read: its path, or -1; whether a line feed is due before it; whose it is.
    var gatherer = -1
    var needsBreak = false
    /// The path ends at this very value.
    var endsPath = false
    var area = PromptFrame.Area.none
    /// Of an escape: digits read, their value, and the first half of a pair.
    var digits = 0
    var unit: UInt32 = 0
    var highSurrogate: UInt32 = 0
    /// Of what is skipped.
    var skippedDepth = 0
    var isSkippingString = false
    var isEscaped = false
    /// What is skipped, or the literal, is the value of `model` or `stream`.
    var watched = PromptName.other
    var firstByte: UInt8 = 0
    /// Of `mostTokens`; -1: it is no whole number, or one that is too large.
    var number = 0

    /// `counts`: whether `tokens` is wanted, which costs as much as all the rest.
    package init(paths: [PromptPath] = PromptPath.standard, textLimit: Int = 65536, counts: Bool = true) {
        self.paths = Array(paths.prefix(PromptPath.most))
        self.counts = counts
        var waiting: UInt32 = 0
        for (index, path) in self.paths.enumerated() where path.steps.dropLast().contains(.every) {
            waiting |= 1 << index
        }
        self.waiting = waiting
        pending = Array(repeating: PromptText(limit: textLimit), count: self.paths.count)
        found = pending
        before = pending
        frames.reserveCapacity(8)
        small.reserveCapacity(PromptPath.longestName)
    }

    /// The object is over, or it is none: more bytes tell nothing more.
    package var isDone: Bool { state == .done }

    /// The `model` that counts: the last.
    package var model: ModelPlace { models.last ?? .absent(insertAt: objectStart, isEmptyObject: isEmpty) }

    /// The text to judge, UTF-8: that of the first path which has any; empty where none has. Of a body that ends early,
    /// what has come of a text stands if there is no whole one.
    package func text() -> [UInt8] { chosen?.bytes ?? [] }

    /// The same without a copy.
    package func withText<Answer>(_ body: (UnsafeRawBufferPointer) -> Answer) -> Answer {
        guard let chosen else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return chosen.withBytes(body)
    }

    /// Which path that text came from.
    package var path: PromptPath? {
        guard let index = found.firstIndex(where: { !$0.isEmpty }) else { return nil }
        return paths[index]
    }

    private var chosen: PromptText? {
        if let whole = found.first(where: { !$0.isEmpty }) { return whole }
        guard let index = pending.indices.first(where: { !pending[$0].isEmpty || !before[$0].isEmpty }) else {
            return nil
        }
        var text = before[index]
        text.append(line: pending[index])
        return text
    }
}
