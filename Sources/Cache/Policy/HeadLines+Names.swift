internal import Wire

extension HeadLines {
    /// Calls `body` with the value of each field of this name, which is written in lower case.
    func forEach(_ name: StaticString, _ body: (UnsafeRawBufferPointer) -> Void) {
        for at in 0..<fieldCount where self.name(fields[at]).isCaseless(name) { body(value(fields[at])) }
    }

    func forEach(_ id: FieldName, _ body: (UnsafeRawBufferPointer) -> Void) {
        for at in 0..<fieldCount where fields[at].id == id { body(value(fields[at])) }
    }

    func first(_ name: StaticString) -> UnsafeRawBufferPointer? {
        for at in 0..<fieldCount where self.name(fields[at]).isCaseless(name) { return value(fields[at]) }
        return nil
    }

    func first(_ id: FieldName) -> UnsafeRawBufferPointer? {
        for at in 0..<fieldCount where fields[at].id == id { return value(fields[at]) }
        return nil
    }
}
