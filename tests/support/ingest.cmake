# tally-broker: Kafka's stand-in for tests and the demonstration.
add_executable(tally-broker ${CMAKE_CURRENT_LIST_DIR}/embedded_broker.c)
target_link_libraries(tally-broker PRIVATE base PkgConfig::RDKAFKA)

# tests/unit/NAME.py tries tally-ingest as a program; PROGRAMS are what else it starts.
function(ingest_test name) # PROGRAMS...
  add_test(NAME ${name}
    COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/${name}.py $<TARGET_FILE:tally-ingest> ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300
    ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
endfunction()

ingest_test(ingest_check)
ingest_test(ingest_gateway)
ingest_test(ingest_generate)
ingest_test(ingest_map)
ingest_test(ingest_tail $<TARGET_FILE:tally-broker>)
ingest_test(ingest_with_broker $<TARGET_FILE:tally-broker>)
ingest_test(gateway_openapi $<TARGET_FILE:tally-broker>)
