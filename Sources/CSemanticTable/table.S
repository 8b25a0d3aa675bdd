// The built-in table and the categories' examples as they lie in data/, read-only in the program: no file to find.
// The paths are looked for where the header search paths of the target lead (Package.swift).
    .section .rodata, "a"

    .balign 64
    .globl clawproxy_semantic_table_start
    .globl clawproxy_semantic_table_end
    .hidden clawproxy_semantic_table_start
    .hidden clawproxy_semantic_table_end
clawproxy_semantic_table_start:
    .incbin "table.bin"
clawproxy_semantic_table_end:
    .byte 0

    .balign 64
    .globl clawproxy_semantic_categories_start
    .globl clawproxy_semantic_categories_end
    .hidden clawproxy_semantic_categories_start
    .hidden clawproxy_semantic_categories_end
clawproxy_semantic_categories_start:
    .incbin "categories.txt"
clawproxy_semantic_categories_end:
    .byte 0

    .balign 64
    .globl clawproxy_semantic_words_start
    .globl clawproxy_semantic_words_end
    .hidden clawproxy_semantic_words_start
    .hidden clawproxy_semantic_words_end
clawproxy_semantic_words_start:
    .incbin "table-zh.bin"
clawproxy_semantic_words_end:
    .byte 0

    .section .note.GNU-stack, "", %progbits
