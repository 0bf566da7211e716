# embed(NAME FILE): FILE's bytes as `const char NAME[]` and `const size_t
# NAME_length`; ${NAME}_c is the generated source.  Made anew when FILE changes.
function(embed name file)
  set(out ${CMAKE_BINARY_DIR}/embedded/${name}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DFILE=${CMAKE_SOURCE_DIR}/${file} -DOUT=${out}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    DEPENDS ${CMAKE_SOURCE_DIR}/${file} ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake)
  set(${name}_c ${out} PARENT_SCOPE)
endfunction()
