# embed(NAME FILE...): the files' bytes, one after the other, as `const char
# NAME[]` and `const size_t NAME_length`; ${NAME}_c is the generated source.
# Made anew when a file changes.
function(embed name)
  set(out ${CMAKE_BINARY_DIR}/embedded/${name}.c)
  list(TRANSFORM ARGN PREPEND ${CMAKE_SOURCE_DIR}/)
  list(JOIN ARGN "|" files)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} "-DFILES=${files}" -DOUT=${out}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    VERBATIM)
  set(${name}_c ${out} PARENT_SCOPE)
endfunction()
