# To link the handle of an array's elements takes milliseconds, and a structure has them linked when it is first used,
# whether its arrays are or not: each waits in a class of its own instead.
s/^( *)private (static final (VarHandle|MethodHandle) )(\w+)\$ELEM_HANDLE = (.*)$/\1private static final class \4$ELEM {\n\1    \2HANDLE = \5\n\1}/
s/\$ELEM_HANDLE\./$ELEM.HANDLE./
