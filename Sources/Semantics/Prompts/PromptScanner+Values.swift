/// Values: which of them are wanted, and what their end means.
extension PromptScanner {
    /// Where a value stands, as far as it matters.
    private struct Place {
        var area: PromptFrame.Area
        var alive: UInt32
        var gatherer: Int
        var isRoot: Bool
        /// A member's name; `other` for an element.
        var name: PromptName
    }

    /// The first byte of a value.
    mutating func value(_ byte: UInt8, _ position: Int) {
        let place = locate()
        start = position
        firstByte = byte
        gatherer = place.gatherer
        area = place.area
        endsPath = place.isRoot
        watched = frames.count == 1 && (name == .model || name == .stream || name == .most) ? name : .other
        if watched == .most { number = byte &- 0x30 < 10 ? Int(byte &- 0x30) : -1 }
        switch byte {
        case UInt8(ascii: "\""): text(place, position)
        case UInt8(ascii: "{"), UInt8(ascii: "["): open(place, isArray: byte == UInt8(ascii: "["))
        case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":"): fail()
        default: state = .literal
        }
    }

    /// Follows the paths and the names to the value that begins, and counts it.
    private mutating func locate() -> Place {
        let depth = frames.count - 1
        let frame = frames[depth]
        frames[depth].elements += 1
        if frame.isArray { name = .other }
        var place = Place(area: frame.area, alive: 0, gatherer: -1, isRoot: false, name: name)
        if frame.alive != 0 { follow(frame, depth, &place) }
        // a path that ends here takes its value from the one above
        if place.gatherer < 0, frame.isArray || name == .content { place.gatherer = frame.gatherer }
        if depth == 0 { enter(&place) }
        if frame.area == .tools, depth > 0 { hasTools = true }
        return place
    }

    private mutating func follow(_ frame: PromptFrame, _ depth: Int, _ place: inout Place) {
        var rest = frame.alive
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            rest &= rest - 1
            let steps = paths[index].steps
            switch steps[depth] {
            case .name(let wanted): if frame.isArray || isTooLong || wanted != small { continue }
            case .every: if !frame.isArray { continue }
            case .index(let wanted): if !frame.isArray || frame.elements != wanted { continue }
            }
            // of a name given twice the last counts
            if depth == 0 { forget(index) }
            if steps.count > depth + 1 {
                place.alive |= 1 << index
            } else if place.gatherer < 0 {
                place.gatherer = index
                place.isRoot = true
                pending[index].clear()
                before[index].clear()
                heard &= ~(1 << index)
            }
        }
    }

    private mutating func forget(_ index: Int) {
        found[index].clear()
        pending[index].clear()
        before[index].clear()
    }

    /// A member of the body itself.
    private mutating func enter(_ place: inout Place) {
        switch name {
        case .turns:
            place.area = .turns
            turns = 0
        case .system: place.area = .system
        case .tools:
            place.area = .tools
            hasTools = false
        case .text: place.area = .text
        default: if place.alive != 0 || place.gatherer >= 0 { place.area = .text }
        }
    }

    private mutating func text(_ place: Place, _ position: Int) {
        if frames.count == 1, name == .model { return begin(.model, position) }
        if frames.count == 1, name == .agent { return begin(.agent, position) }
        let frame = frames[frames.count - 1]
        if frame.isTurn || frame.isEntry || frame.gatherer >= 0 || frame.area == .turns {
            if name == .role { return begin(.role, position) }
            if name == .type { return begin(.type, position) }
        }
        let isCounted = place.area != .none && name != .opaque && (name != .type || place.area == .tools)
        guard place.gatherer >= 0 || isCounted else { return beginSkip(UInt8(ascii: "\"")) }
        needsBreak = place.gatherer >= 0 && !pending[place.gatherer].isEmpty
        begin(.text, position)
    }

    private mutating func open(_ place: Place, isArray: Bool) {
        let isWanted = place.area != .none || place.gatherer >= 0 || place.alive != 0
        guard isWanted, frames.count < Self.mostDepth else { return beginSkip(UInt8(ascii: "{")) }
        let parent = frames[frames.count - 1]
        var frame = PromptFrame(isArray: isArray, area: place.area, alive: place.alive, gatherer: place.gatherer)
        frame.isRoot = place.isRoot
        frame.textBytes = textBytes
        if place.gatherer >= 0 {
            // else the end of a user's turn could be lost behind what is too long to be kept
            frame.isApart = parent.isArray && !isArray && parent.isRoot && waiting & 1 << place.gatherer == 0
            if frame.isApart { swap(&before[place.gatherer], &pending[place.gatherer]) }
            frame.mark = pending[place.gatherer].count
        }
        if parent.isArray, !isArray {
            frame.isEntry = place.alive & waiting != 0
            frame.isTurn = frames.count == 2 && place.area == .turns
            if frame.isTurn { turns += 1 }
        }
        frames.append(frame)
        state = isArray ? .element : .member
    }

    /// The end of an object or list.
    mutating func close() {
        guard let frame = frames.popLast() else { return fail() }
        if !frame.isArray { closeObject(frame) }
        if frame.isRoot { settle(frame.gatherer) }
        endValue()
    }

    private mutating func closeObject(_ frame: PromptFrame) {
        if frame.isTurn, frame.role == .system { systemBytes += textBytes - frame.textBytes }
        if frame.gatherer >= 0 {
            if !frame.isText || frame.role == .system || frame.role == .other {
                pending[frame.gatherer].cut(to: frame.mark)
            } else if frame.role == .user {
                pending[frame.gatherer].drop(first: frame.mark)
                heard |= 1 << frame.gatherer
                find(frame.gatherer)
                before[frame.gatherer].clear()
            }
            if frame.isApart { join(frame.gatherer) }
        }
        guard frame.isEntry else { return }
        var rest = frame.alive & waiting
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            rest &= rest - 1
            if frame.role == .unsaid || frame.role == .user { find(index) }
            pending[index].clear()
        }
    }

    /// An element of a list is over: its text comes behind that of the elements before it.
    private mutating func join(_ index: Int) {
        swap(&before[index], &pending[index])
        pending[index].append(line: before[index])
        before[index].clear()
    }

    /// The value at the end of a path is over.
    mutating func settle(_ index: Int) {
        guard waiting & 1 << index == 0 else { return }
        if heard & 1 << index == 0 { find(index) }
        pending[index].clear()
    }

    /// What is pending becomes what was found, if there is any.
    private mutating func find(_ index: Int) {
        guard !pending[index].isEmpty else { return }
        swap(&found[index], &pending[index])
        pending[index].clear()
    }
}
